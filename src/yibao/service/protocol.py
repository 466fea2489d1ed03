"""HTTP as the service speaks it: the parser in C, with a bound on what may come before a request's body."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of a request line and its headers. A connection that sends more is closed: the parser would keep it all.
HEAD_LIMIT = 32_768


class BoundedProtocol(HttpToolsProtocol):
    """One connection. What comes before the headers of a message are complete is counted."""

    _head = 0
    _in_head = True

    def on_headers_complete(self) -> None:
        self._head, self._in_head = 0, False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head, self._in_head = 0, True

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > HEAD_LIMIT:
            self.transport.close()
