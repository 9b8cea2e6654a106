"""The machine: memory, threads, files written whole, files spilled to disk, progress."""
