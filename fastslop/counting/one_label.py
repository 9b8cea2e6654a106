"""Documents of one label to its packed profile.

Documents that are counted together need not be merged, and a row of a merge costs as much as several n-grams that are
counted (docs/reference/profile.md has the figures). So whole labels wait as tokens, which take less room than their
text, and are then counted in one go, on all cores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fastslop.base.arrays import Counts
from fastslop.base.spec import CountSpec
from fastslop.counting.buffers import Resources
from fastslop.counting.label_numbering import LabelNumbering
from fastslop.counting.ngram_tables import are_few_ranges, fits_at_once, packed_tables
from fastslop.counting.pruning import Pruning
from fastslop.counting.token_chunks import LabelDocuments, Tokenised, halves, tokenise_documents
from fastslop.profiles.merge import merge_packed
from fastslop.profiles.packed import Packed, codes_by_number, pack_text_keys, plain_sections, unpack
from fastslop.profiles.parts import PartStore, chain_parts
from fastslop.profiles.profile import Profile, pruning_rule
from fastslop.profiles.rows import check_known
from fastslop.tokens.guards import Guarded
from fastslop.tokens.ngrams import selects
from fastslop.tokens.tokeniser import Tokeniser


def count_documents(documents: LabelDocuments, spec: CountSpec) -> Profile:
    """Count documents of one label. However they are cut into chunks, the sum of the profiles is the same."""
    return unpack(merge_packed(count_tokenised([tokenise_documents(documents, Tokeniser(spec))], spec)))


def count_tokenised(
    chunks: Sequence[Tokenised],
    spec: CountSpec,
    resources: Resources | None = None,
    keep: Callable[[], PartStore] = list,
    min_prompts: int = 0,
) -> list[Packed]:
    """Count documents of one label into packed profiles: one, or several where a record has no room for all documents,
    or memory so little that it is sooner done to add up those of some.

    Of several none is pruned, since their rows must first be added up.

    Parameters
    ----------
    chunks
        The documents, one chunk at least.
    spec
        The specification by which they are counted.
    resources
        Threads and memory; one thread if None.
    keep
        Makes a place where the parts of a section wait.
    min_prompts
        Leave out rows in fewer prompts.

    Raises
    ------
    UsageError
        If a profile could not know which rows these are.
    """
    resources = resources or Resources()
    numbering = LabelNumbering(chunks, resources.workers)
    fits = fits_at_once(numbering, [order for _, order in spec.tables])
    if not (fits and are_few_ranges(numbering, resources.record_bytes)) and numbering.n_docs > 1:
        first, second = (count_tokenised(half, spec, resources, keep) for half in halves(chunks))
        return first + second
    check_known(chunks[0].label, len(numbering.prompts.keys), numbering.n_docs, min_prompts)
    pruning = Pruning(spec, numbering.vocabulary.keys, min_prompts)
    codes = codes_by_number(_n_singles(numbering, spec, pruning))
    text_keys = np.sort(np.concatenate([chunk.text_keys for chunk in chunks]))
    kept = {section: keep() for section in (None, *spec.tables)}
    plain = plain_sections(numbering.vocabulary, numbering.prompts, codes, numbering.capitals())
    for part in (*plain, pack_text_keys(text_keys)):
        kept[None].append(part)
    for table, part in packed_tables(numbering, spec.tables, codes, resources, pruning):
        kept[table].append(part)
    guarded = sum((chunk.guarded for chunk in chunks), Guarded())
    for dictionary in {chunk.cut_by for chunk in chunks}:
        spec = spec.cut_by(dictionary)
    head = replace(Profile.empty(spec, chunks[0].label), guarded=guarded)
    if min_prompts:
        left_out = {table: pruning.left_out[table] for table in spec.tables}
        head = replace(head, pruned=pruning_rule(min_prompts), left_out=left_out)
    return [Packed(head, chain_parts(kept.values()))]


def _n_singles(numbering: LabelNumbering, spec: CountSpec, pruning: Pruning) -> Counts:
    """How often each token occurs in the tables of order 1, in rows that are kept."""
    n = pruning.n_of_kept(numbering)
    return sum((n * selects(numbering.flags, table) for table in spec.tables if table[1] == 1), np.zeros_like(n))
