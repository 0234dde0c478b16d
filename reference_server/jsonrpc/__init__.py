"""JSON-RPC 2.0: cores that turn bytes into bytes, and `http`, the edge that knows the network."""
