"""All compiled code: text to tokens, tokens to n-gram records, sorted records to counts, and the merge of counts.

Kernels see arrays and numbers only and return how far they came; the rooms that call them allocate, grow and call
again. Each room has its kernels in the folder of its name; ``machine`` holds how all of them are compiled and kept, and
what they share. A file defines helpers before the kernels that call them: read its last kernel first.

N-grams are counted by sorting. A record packs the ranks of an n-gram's tokens and its document into 64 bits; records
are sorted a digit at a time in the second cache, at 2 ns each, and one scan then yields occurrences, documents and
prompts together. A hash table took 23 ns an n-gram once ten million were distinct, and knew nothing of documents.
"""
