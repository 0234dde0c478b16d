"""Server-Sent Events: progress of sessions, and a stream that plays by numbers."""
