"""What leaves a ledger and comes to it: signed packages between the levels of the insurance, and the record of both."""
