"""Grouping packs: read, checked, written, and taken over from the national workbook."""

from yibao.casemix.pack.load import load_pack
from yibao.casemix.pack.model import Pack

__all__ = ["Pack", "load_pack"]
