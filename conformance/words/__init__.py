"""The words of the design as plain values, shared by every layer of the suite."""
