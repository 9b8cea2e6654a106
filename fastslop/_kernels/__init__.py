"""All compiled code: text to tokens, tokens to n-gram records, sorted records to counts, and the merge of counts.

Kernels see arrays and numbers only and return how far they came; the modules that call them allocate, grow and call
again. They lie in the order of the flow, most of them in a file of the name of the module that calls them::

    json_strings, json_values, json_lines   lines that certainly mean what ``json.loads`` makes of them
    documents, unicode                      texts one after the other, and which of them must be normalised
    lexicon, scripts, tokens                texts to tokens: runs of ASCII, nine tokens of ten, and any script
    windows, sorting, units, encoding       tokens to windows to sorted records to rows: what fastslop.tables does
    packing, merging                        the bytes of docs/profile.md, and sums of rows
    rows, samples                           what the statistics need of rows
    matching, guards, patterns              phrases, loops and patterns in texts

    jit, intrinsics, constants, text        how all of them are compiled and kept, and what they share

In a file, what is called stands before what calls it: read its last kernel first.

N-grams are counted by sorting. A record packs the ranks of an n-gram's tokens and its document into 64 bits; records
are sorted a digit at a time in the second cache, at 2 ns each, and one scan then yields occurrences, documents and
prompts together. A hash table took 23 ns an n-gram once ten million were distinct, and knew nothing of documents.
"""

from fastslop._kernels.constants import (
    APOSTROPHE,
    BASE,
    BLOCK_FLAG,
    BREAK,
    BREAK_TOKEN,
    CLASS_MASK,
    COMBINING,
    DIGIT,
    IGNORE,
    IS_BREAK,
    IS_MARK,
    IS_SHORT,
    IS_STOPWORD,
    IS_WORD,
    LETTER,
    MARK,
    MASK_BYTES,
    MIX,
    N_BLOCKS,
    NEEDS_NFKC,
    NEWLINE,
    SLACK,
    SPACE,
    STOP,
)
from fastslop._kernels.documents import copy_documents
from fastslop._kernels.encoding import BLOCK_RECORDS, NO_RANK, Block, encode_records, encode_row, pass_rows
from fastslop._kernels.guards import find_loops, find_open_ends, repeated_tokens, text_keys
from fastslop._kernels.jit import is_kept, is_on_disk
from fastslop._kernels.json_lines import JsonDocuments, JsonFields, read_json_lines
from fastslop._kernels.json_strings import find_byte
from fastslop._kernels.lexicon import Lexicon, refill
from fastslop._kernels.matching import build_trie, match_phrases, select_words
from fastslop._kernels.merging import batch_keys, end_batch, sum_rows
from fastslop._kernels.packing import MAX_SHAPE, Grams, bits_of, decode_rows, encode_rows
from fastslop._kernels.patterns import match_rules
from fastslop._kernels.rows import block_moments, feature_keys, winsorised
from fastslop._kernels.samples import drawn_counts
from fastslop._kernels.sorting import (
    DIGIT_BITS,
    records_of_heads,
    records_of_order,
    sort_by_tail,
    sort_windows,
    split,
    split_in_place,
)
from fastslop._kernels.text import fnv1a_many
from fastslop._kernels.tokens import HASHED_RUNS, Scratch, count_kinds, tokenise
from fastslop._kernels.unicode import find_unnormal
from fastslop._kernels.units import N_COUNTERS, count_word, step_prompts
from fastslop._kernels.windows import (
    BETWEEN,
    LINE,
    LONG,
    MAX_WINDOW,
    SKIPPED,
    WANTED,
    TokenRuns,
    WindowRoom,
    count_tokens,
    scatter_windows,
    shorten,
    window_ngrams,
)
