"""Tables whose rows are exchanged below a planned statement, handed over as streams of Arrow's C interface.

DuckDB plans a statement for one stream object and takes the rows out of it when it runs. Given a pyarrow table instead,
it would build a scanner of pyarrow's datasets for each scan: three times as long for one person's rows, and beside
other threads.
"""

from __future__ import annotations

import ctypes

import pyarrow as pa

_NAME = b"arrow_array_stream"
_API = ctypes.pythonapi
_API.PyCapsule_New.restype = ctypes.py_object
_API.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
_API.PyCapsule_GetPointer.restype = ctypes.c_void_p
_API.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
_RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class _Stream(ctypes.Structure):
    """``struct ArrowArrayStream`` of the Arrow C stream interface; one without ``release`` holds nothing."""

    _fields_ = (
        ("get_schema", ctypes.c_void_p),
        ("get_next", ctypes.c_void_p),
        ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class Slot:
    """A table that a statement reads once each time it runs; :meth:`fill` it before."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows
        self._stream = _Stream()
        #: What an engine is given to read; it lives no longer than the slot.
        self.capsule: object = _API.PyCapsule_New(ctypes.addressof(self._stream), _NAME, None)
        self.fill()

    def __del__(self) -> None:
        self._empty()

    def fill(self) -> None:
        """Lay the rows ready for the next scan: their stream is moved here, as the interface allows."""
        self._empty()
        capsule = self.rows.__arrow_c_stream__()
        given = _Stream.from_address(_API.PyCapsule_GetPointer(capsule, _NAME))
        ctypes.pointer(self._stream)[0] = given
        given.release = None  # moved: what gave it holds nothing any more

    def _empty(self) -> None:
        """Let go of rows that no scan asked for; a scan takes its rows away."""
        if self._stream.release:
            _RELEASE(self._stream.release)(ctypes.addressof(self._stream))
