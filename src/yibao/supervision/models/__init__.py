"""Models of supervision: leads only, in order, with reasons; and what they are worth beside a one-feature baseline."""
