"""Documents of one label to its packed profile.

What is counted together need not be merged: a row of a merge costs as much as three n-grams that are counted. So whole
labels wait as tokens, which take less room than their text, and are then counted in one go, on all cores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fastslop.base.arrays import Counts
from fastslop.base.spec import CountSpec
from fastslop.counting.buffers import Resources
from fastslop.counting.label_numbering import Whole, selects
from fastslop.counting.ngram_tables import fit, packed_tables
from fastslop.counting.token_chunks import Documents, Tokenised, in_two, tokenise_documents
from fastslop.profiles.merge import merge_packed
from fastslop.profiles.packed import Kept, Packed, chain_parts, codes_by_number, pack_text_keys, plain_sections, unpack
from fastslop.profiles.profile import Profile
from fastslop.tokens.guards import Guarded
from fastslop.tokens.tokeniser import Tokeniser


def count_documents(documents: Documents, spec: CountSpec) -> Profile:
    """The profile of documents. However they are cut into chunks, the merged profile is the same."""
    return unpack(merge_packed(count_tokenised([tokenise_documents(documents, Tokeniser(spec))], spec)))


def count_tokenised(
    chunks: Sequence[Tokenised],
    spec: CountSpec,
    resources: Resources | None = None,
    keep: Callable[[], Kept] = list,
) -> list[Packed]:
    """Packed profiles of documents of one label: one, or several where a record has no room for all of them.

    Parameters
    ----------
    chunks
        One at least.
    keep
        Makes a place where parts wait.
    """
    resources = resources or Resources()
    whole = Whole(chunks, resources.workers)
    if not fit(whole, [order for _, order in spec.tables]) and whole.n_docs > 1:
        first, second = (count_tokenised(half, spec, resources, keep) for half in in_two(chunks))
        return first + second
    codes = codes_by_number(_n_singles(whole, spec))
    text_keys = np.sort(np.concatenate([chunk.text_keys for chunk in chunks]))
    kept = {section: keep() for section in (None, *spec.tables)}
    for part in (*plain_sections(whole.vocabulary, whole.prompts, codes), pack_text_keys(text_keys)):
        kept[None].append(part)
    for table, part in packed_tables(whole, spec.tables, codes, resources):
        kept[table].append(part)
    guarded = sum((chunk.guarded for chunk in chunks), Guarded())
    head = replace(Profile.empty(spec, chunks[0].label), guarded=guarded)
    return [Packed(head, chain_parts(kept.values()))]


def _n_singles(whole: Whole, spec: CountSpec) -> Counts:
    """How often each token occurs in the tables of order 1."""
    n = whole.n_of_each
    return sum((n * selects(whole.flags, table) for table in spec.tables if table[1] == 1), np.zeros_like(n))
