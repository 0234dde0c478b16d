"""The proof: each fault turns exactly its own requirements red, each check is turned red by one."""
