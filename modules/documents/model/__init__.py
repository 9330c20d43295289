"""Structs, states and pure rules of signed documents; nothing here opens a file or a socket."""
