"""The live server: conversations over WebSockets, drawn together; `docs/serve.md` and `docs/protocol.md`."""
