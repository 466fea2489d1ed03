"""yibao (医保): an open platform for governing a medical-insurance fund."""

__version__ = "0.1.0"
