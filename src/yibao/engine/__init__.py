"""Runs laws: DuckDB (embedded default), the portable SQL subset, kernels, money and content hashes."""

from yibao.engine.content import content_hash, table_hash
from yibao.engine.duck import DuckEngine
from yibao.engine.kernels import Kernel, apply_kernel
from yibao.engine.opening import EngineChoice
from yibao.engine.protocol import Engine, EngineError
from yibao.engine.schema import Column, Table, Tables

__all__ = [
    "Column",
    "DuckEngine",
    "Engine",
    "EngineChoice",
    "EngineError",
    "Kernel",
    "Table",
    "Tables",
    "apply_kernel",
    "content_hash",
    "table_hash",
]
