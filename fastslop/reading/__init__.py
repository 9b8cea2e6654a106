"""Inputs to documents: files are found, unpacked and parsed, fields are picked, and documents are put into chunks."""
