"""A profile comes back from disk as it was; equal profiles are equal files; nothing is half written or misread."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fastslop._kernels.profiles import varints
from fastslop._kernels.profiles.packed_rows import PAD
from fastslop.base.errors import BadInputError, FastslopError, IncompatibleProfilesError, UsageError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles import packed as packing
from fastslop.profiles.files import (
    FOOTER,
    FOOTER_CRC,
    SUFFIX,
    find_profiles,
    profile_name,
    read_footer,
    read_profile,
    write_profile,
)
from fastslop.profiles.merge import sum_of
from fastslop.profiles.packed import CAPITALS, PROMPT_TEXTS, STREAMS, pack, unpack
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import filter_of, hashes_of, keys_of, prune
from fastslop.system.atomic import write_atomically
from tests.compiled import for_python
from tests.profile_checks import same
from tests.strategies import chunk, documents, specs

WORDS = CountSpec(orders=(1,), content_orders=(), mark_orders=())
labels = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
ODD_LABELS = (
    "a/b",
    "a_b",
    "a\\b",
    "..",
    ".",
    "...",
    ".hidden",
    "a.",
    "/etc/passwd",
    "../../x",
    "CON",
    "-rf",
    "a b",
    "a\nb",
    "a\0b",
    "a%2Fb",
    "a:b*?",
    "ÜBER-模型",
    "🙂",
    "🙃",
    "x" * 5000,
    "x" * 5000 + "y",
    "org/model@v1.2+fp8",
    " ",
)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Any profile: label, panel, sources, specification, documents (or none)."""
    counted = count_documents(chunk(draw(documents), draw(labels)), draw(specs))
    sources = draw(st.frozensets(st.text("0123456789abcdef", min_size=1, max_size=8), max_size=3))
    return replace(counted, sources=sources, panel=draw(st.none() | labels))


def equal(a: Profile, b: Profile) -> bool:
    """Equal in everything, types included."""
    types = [(x.dtype, y.dtype) for t in a.tables for x, y in zip(a.tables[t], b.tables[t], strict=True)]
    types += [(getattr(a.vocabulary, name).dtype, getattr(b.vocabulary, name).dtype) for name in ("keys", "ends")]
    return same(a, b) and a.panel == b.panel and all(x == y for x, y in types) and list(a.tables) == list(b.tables)


def wide(n_prompts: int, spec: CountSpec = WORDS) -> Profile:
    """A word in every prompt, one in every fifth, one in one, and prompts of several documents."""
    pairs = [(f"p{i % n_prompts}", "cat" + " dog cow" * (i % 5 == 0) + " owl" * (i == 7)) for i in range(n_prompts + 9)]
    return count_documents(chunk(pairs), spec)


def letters(i: int) -> str:
    """A word for a number."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(i))


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    """A file of a profile with all kinds of tables, and rows that occur once, in a few prompts and in many."""
    path = tmp_path_factory.mktemp("stored") / "a.parquet"
    texts = (f"the cat number {i} sat — on a mat! and {'again ' * (i % 7)}" for i in range(200))
    odd = (f"{letters(i)} nor {letters(1000 + i // 2)} but" for i in range(200))
    pairs = [(f"p{i % 30}", f"{text} {words}") for i, (text, words) in enumerate(zip(texts, odd, strict=True))]
    write_profile(replace(count_documents(chunk(pairs), PRESETS["default"]), panel="x"), path)
    return path


put_varint, get_varint = for_python(varints.put_varint), for_python(varints.get_varint)
put_pair, get_pair = for_python(varints.put_pair), for_python(varints.get_pair)
put_bits, get_bits = for_python(varints.put_bits), for_python(varints.get_bits)
held_bits = for_python(varints.held_bits)


# Round trip


@pytest.mark.kernels
@given(st.lists(st.integers(0, 63).flatmap(lambda bits: st.integers(0, (1 << bits) - 1)), min_size=1))
def test_put_varint__writes_numbers_of_any_size(numbers: list[int]) -> None:
    out, at = np.empty(10 * len(numbers) + 4, np.uint8), np.uint64(0)
    for number in numbers:
        at = put_varint(out, at, np.uint64(number))
    read, begin = [], 0
    while begin < at:
        number, begin = get_varint(out, begin)
        read.append(int(number))
    assert read == numbers


@pytest.mark.kernels
@given(st.lists(st.tuples(*2 * [st.integers(0, 62).flatmap(lambda bits: st.integers(0, (1 << bits) - 1))]), min_size=1))
def test_put_pair__writes_pairs_of_any_size(pairs: list[tuple[int, int]]) -> None:
    out, at = np.empty(20 * len(pairs) + 4, np.uint8), np.uint64(0)
    for x, y in pairs:
        at = put_pair(out, at, np.uint64(x), np.uint64(y))
    read, begin = [], 0
    while begin < at:
        x, y, begin = get_pair(out, begin)
        read.append((int(x), int(y)))
    assert read == pairs


@pytest.mark.kernels
@given(st.integers(0, 32).flatmap(lambda bits: st.tuples(st.just(bits), st.lists(st.integers(0, (1 << bits) - 1)))))
def test_put_bits__writes_numbers_one_behind_the_other_and_goes_on_where_it_was(numbers: tuple[int, list[int]]) -> None:
    bits, values = numbers
    out, at, held = np.full(4 * len(values) + 8, 0xFF, np.uint8), np.uint64(0), np.uint64(0)
    for value in values:
        at, held = put_bits(out, at, held, np.uint64(value), np.uint64(bits))
        assert held == held_bits(out, at)
    written = out[: (int(at) + 7) // 8].copy()
    padded = np.concatenate((written, np.zeros(PAD, np.uint8)))
    assert int.from_bytes(written.tobytes(), "little") == sum(value << bits * i for i, value in enumerate(values))
    assert [int(get_bits(padded, np.uint64(bits * i), np.uint64(bits))) for i in range(len(values))] == values


def test_bits_of__are_those_of_the_largest_number() -> None:
    for n_values in (1, 2, 3, 4, 5, 64, 65, 1 << 31, (1 << 31) + 1):
        assert varints.bits_of(n_values) == (n_values - 1).bit_length()


@pytest.mark.kernels
@given(profiles())
@example(Profile.empty(PRESETS["default"], "nothing"))
@example(count_documents(chunk([("p", "")]), PRESETS["default"]))
def test_unpack__gives_back_what_was_packed(profile) -> None:
    assert equal(unpack(pack(profile)), profile)


@pytest.mark.kernels
@given(profile=profiles(), part_rows=st.integers(1, 7))
def test_unpack__gives_back_tables_of_many_parts(profile, part_rows) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "PART_ROWS", part_rows)
        assert equal(unpack(pack(profile)), profile)


@given(profile=profiles())
def test_read_profile__gives_back_what_was_written(tmp_path_factory, profile) -> None:
    path = tmp_path_factory.getbasetemp() / "any.parquet"
    write_profile(profile, path, force=True)
    assert equal(read_profile(path), profile)


@pytest.mark.parametrize("n_prompts", [1, 64, 65, 1024, 1025, 3000])
def test_read_profile__gives_back_prompts_and_blocks_of_prompts(tmp_path, n_prompts) -> None:
    profile = wide(n_prompts, CountSpec(orders=(1, 4, 5), content_orders=(), mark_orders=()))
    write_profile(profile, tmp_path / "a.parquet")
    assert equal(read_profile(tmp_path / "a.parquet"), profile)


@pytest.mark.kernels
@given(profiles(), st.integers(1, 4), st.integers(1, 7))
@example(wide(1025, CountSpec(orders=(1, 3), content_orders=(), mark_orders=())), 3, 50)
def test_unpack__leaves_out_what_is_in_fewer_prompts(profile, min_prompts, part_rows) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "PART_ROWS", part_rows)
        some, pruned = unpack(pack(profile), min_prompts), prune(profile, min_prompts)
    for table, rows in pruned.tables.items():
        assert all(np.array_equal(a, b) for a, b in zip(some.tables[table], rows, strict=True))
        assert len(rows.n) + some.left_out.get(table, 0) == len(profile.tables[table].n)
    assert some.pruned == (pruned.pruned if min_prompts > 1 else None)


@pytest.mark.kernels
@given(profiles(), st.randoms(use_true_random=False))
def test_unpack__reads_every_row_that_passes_a_filter_and_few_others(profile, random) -> None:
    rows = {t: np.flatnonzero([random.random() < 0.3 for _ in grams.n]) for t, grams in profile.tables.items()}
    filters = {table: filter_of([hashes_of(profile, table, some)]) for table, some in rows.items()}
    read = unpack(pack(profile), filters=filters)
    for table, some in rows.items():
        wanted, found = keys_of(profile, table, some), keys_of(read, table)
        at = np.flatnonzero(np.isin(found, wanted))
        assert found[at].tolist() == wanted.tolist()
        assert read.tables[table].n[at].tolist() == profile.tables[table].n[some].tolist()
        assert len(found) - len(wanted) <= 3 + len(profile.tables[table].n) // 10
        assert len(found) + read.left_out[table] == len(profile.tables[table].n)


def test_read_profile__gives_back_counts_beyond_32_bits(tmp_path) -> None:
    profile = count_documents(chunk([("p", "cat cat"), ("q", "cat")]), WORDS)
    grams = profile.tables["word", 1]
    more = np.array([2**40, 0])
    many = grams._replace(n=grams.n + 2**40, unit_n=grams.unit_n + more)
    prompts = replace(profile.prompts, n_words=profile.prompts.n_words + more)
    write_profile(replace(profile, tables={("word", 1): many}, prompts=prompts), tmp_path / "a.parquet")
    assert read_profile(tmp_path / "a.parquet").tables["word", 1].n.tolist() == [2**40 + 3]


def test_read_profile__reads_some_tables_only_and_leaves_the_others_empty(stored) -> None:
    whole = read_profile(stored)
    some = read_profile(stored, [("word", 2), ("mark", 1)])
    none = read_profile(stored, [])
    for table, grams in whole.tables.items():
        if table in (("word", 2), ("mark", 1)):
            assert all(map(np.array_equal, some.tables[table], grams))
        else:
            assert some.tables[table].ids.shape == (0, table[1])
        assert none.tables[table].ids.shape == (0, table[1])
    assert none.n_words == some.n_words == whole.n_words


def test_read_footer__tells_label_specification_and_totals_without_the_counts(stored) -> None:
    footer, profile = read_footer(stored), read_profile(stored)
    assert (footer.label, footer.spec, footer.pruned) == (profile.label, profile.spec, None)
    for name in ("panel", "n_docs", "n_prompts", "n_words", "n_tokens", "n_bytes"):
        assert footer.values[name] == getattr(profile, name)


def test_read_footer__keeps_the_rule_of_a_pruned_profile(tmp_path) -> None:
    write_profile(replace(wide(3), pruned="min_prompts 2"), tmp_path / "a.parquet")
    assert read_footer(tmp_path / "a.parquet").pruned == "min_prompts 2"


def test_codes__are_the_smaller_the_more_often_a_token_occurs() -> None:
    profile = count_documents(chunk([("p", "cat dog dog owl owl owl"), ("q", "owl")]), WORDS)
    codes = packing.codes_of(profile.vocabulary, profile.tables.values())
    assert dict(zip(profile.vocabulary.tokens, codes.tolist(), strict=True)) == {"owl": 0, "dog": 1, "cat": 2}


# Equal profiles, equal bytes


@settings(max_examples=30)
@given(pairs=documents, spec=specs, cut=st.integers(0, 8))
def test_write_profile__gives_equal_profiles_equal_bytes(tmp_path_factory, pairs, spec, cut) -> None:
    folder = tmp_path_factory.getbasetemp()
    a, b = count_documents(chunk(pairs[:cut]), spec), count_documents(chunk(pairs[cut:]), spec)
    written = []
    for profile in (sum_of(a, b), sum_of(b, a), count_documents(chunk(pairs[::-1]), spec), pack(sum_of(a, b))):
        write_profile(profile, folder / "equal.parquet", force=True)
        written.append((folder / "equal.parquet").read_bytes())
    assert len(set(written)) == 1


def test_write_profile__does_not_write_sources_in_the_order_of_their_hashes(tmp_path) -> None:
    sources = frozenset(f"{i:x}" for i in range(100))
    write_profile(replace(wide(3), sources=sources), tmp_path / "a.parquet")
    assert read_footer(tmp_path / "a.parquet").values["sources"] == sorted(sources)


# LabelNumbering or not at all


def break_off(beside: Path) -> None:
    beside.write_bytes(b"half")
    raise KeyboardInterrupt


def test_write_atomically__leaves_nothing_behind_when_broken_off(tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.parquet", break_off)
    assert list(tmp_path.iterdir()) == []


def test_write_atomically__leaves_the_old_file_whole_when_broken_off(tmp_path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.parquet", break_off, force=True)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.parquet", b"old")]


def test_write_atomically__shows_the_file_only_when_it_is_whole(tmp_path) -> None:
    path = tmp_path / "new" / "a.parquet"

    def write(beside: Path) -> None:
        assert beside.parent == path.parent
        beside.write_bytes(b"half")
        assert not path.exists()
        with pytest.raises(BadInputError, match="holds no profiles"):
            find_profiles([path.parent])
        beside.write_bytes(b"whole")

    write_atomically(path, write)
    assert [(p.name, p.read_bytes()) for p in path.parent.iterdir()] == [("a.parquet", b"whole")]


@pytest.mark.parametrize("what", ["a profile", "a table", "text"])
def test_write_atomically__says_what_the_system_says_of_a_full_disk(tmp_path, what) -> None:
    """As full as a disk can be made here: no file may grow beyond 1,000 bytes."""
    resource = pytest.importorskip("resource")
    packed = pack(wide(1000))  # kernels may have to be compiled, and kept on the same disk
    path, (limit, most) = tmp_path / "a.parquet", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
    try:
        with pytest.raises(OSError, match="File too large") as raised:
            if what == "a profile":
                write_profile(packed, path)
            elif what == "a table":
                write_atomically(path, pl.DataFrame({"a": range(10_000)}).write_parquet)
            else:
                write_atomically(path, lambda beside: beside.write_text("a" * 10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    assert (raised.value.errno, raised.value.filename) == (errno.EFBIG, str(path))
    assert [*tmp_path.iterdir()] == []


def test_write_profile__breaks_off_without_a_trace(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.parquet"
    write_profile(wide(3), path)
    old = path.read_bytes()

    def fail(frame: pl.LazyFrame, beside: BinaryIO, **_: object) -> None:
        beside.write(old[:100])
        raise OSError("no space left on device")

    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", fail)
    with pytest.raises(OSError, match="no space"):
        write_profile(wide(5), path, force=True)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.parquet", old)]


def test_write_profile__overwrites_only_by_force(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    write_profile(wide(3), path)
    old = path.read_bytes()
    with pytest.raises(UsageError, match=r"a.parquet is already there; .*--force"):
        write_profile(wide(5), path)
    assert path.read_bytes() == old
    write_profile(wide(5), path, force=True)
    assert equal(read_profile(path), wide(5))
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]


# What cannot be read


def test_read_profile__says_that_nothing_is_there(tmp_path) -> None:
    for place in (tmp_path / "absent.parquet", tmp_path):
        with pytest.raises(BadInputError, match=rf"there is no profile {place}|the folder {place} holds no profiles"):
            read_profile(place)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not Parquet at all", b"PAR1" + bytes(50) + b"PAR1"])
def test_read_profile__says_that_a_file_is_not_parquet(tmp_path, content) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(BadInputError, match=r"a.parquet is not a Parquet file, or a broken one: (?s:.*); write it"):
        read_profile(tmp_path / "a.parquet")


def test_read_profile__refuses_a_file_that_was_cut_off(stored, tmp_path) -> None:
    whole = stored.read_bytes()
    path = tmp_path / "cut.parquet"
    for n_bytes in np.linspace(0, len(whole) - 1, 40, dtype=int):
        path.write_bytes(whole[:n_bytes])
        with pytest.raises(BadInputError, match=r"cut.parquet"):
            read_profile(path)


def test_read_profile__says_that_other_parquet_files_are_no_profiles(tmp_path) -> None:
    pl.DataFrame({"text": ["a"]}).write_parquet(tmp_path / "texts.parquet")
    with pytest.raises(BadInputError, match=r"texts.parquet is a Parquet file but no profile; make one with `fastslop"):
        read_profile(tmp_path / "texts.parquet")


@pytest.mark.parametrize(("field", "value"), [("format", 1), ("format", None), ("hash", "xxh3"), ("blocks", 128)])
def test_read_profile__names_what_another_version_did_differently(stored, tmp_path, field, value) -> None:
    footer = {**read_footer(stored).values, field: value}
    pl.read_parquet(stored).write_parquet(tmp_path / "other.parquet", metadata={FOOTER: json.dumps(footer)})
    with pytest.raises(IncompatibleProfilesError, match=f"other.parquet has {field} {value!r}, this version .* reads"):
        read_profile(tmp_path / "other.parquet")


def as_format_4(stored: Path, path: Path) -> Path:
    """The same profile as an older version wrote it, which knew no capitals and no texts of prompts."""
    frame, footer = pl.read_parquet(stored), dict(read_footer(stored).values)
    newer = [*CAPITALS, *PROMPT_TEXTS]
    n_parts = {name: n for name, n in footer["n_parts"].items() if name not in newer}
    text = json.dumps(footer | {"format": 4, "n_parts": n_parts}, sort_keys=True)
    metadata = {FOOTER: text, FOOTER_CRC: str(crc32(text.encode()))}
    frame.filter(~pl.col("section").is_in(newer)).write_parquet(path, metadata=metadata)
    return path


def test_read_profile__of_format_4_has_the_counts_but_knows_no_capitals_and_no_prompts(stored, tmp_path) -> None:
    new, old = read_profile(stored), read_profile(as_format_4(stored, tmp_path / "old.parquet"))
    assert new.capitals is not None and old.capitals is None and not len(old.prompt_texts)
    assert equal(replace(new, capitals=None, prompt_texts=old.prompt_texts), old)
    sum_ = sum_of(old, replace(new, sources=frozenset({"another"})))
    assert sum_.capitals is None and sum_.n_words == 2 * new.n_words
    write_profile(old, tmp_path / "again.parquet")
    assert read_profile(tmp_path / "again.parquet").capitals is None


def read_or_refuse(path: Path) -> Profile | None:
    try:
        return read_profile(path)
    except FastslopError as error:
        assert path.name in str(error)
        return None


def rewritten(stored: Path, path: Path, parts: pl.DataFrame) -> Path:
    """Other parts under the same footer."""
    metadata = pl.read_parquet_metadata(stored)
    parts.write_parquet(path, metadata={name: metadata[name] for name in (FOOTER, FOOTER_CRC)})
    return path


def damaged(stored: Path, path: Path, section: str, column: str, at: int) -> Path:
    """The file with one bit of one stream turned over, as a bad disk leaves it (Parquet itself intact)."""
    frame = pl.read_parquet(stored)
    row = frame["section"].to_list().index(section)
    stream = bytearray(frame[column][row])
    stream[at] ^= 1
    streams = [bytes(stream) if i == row else other for i, other in enumerate(frame[column])]
    return rewritten(stored, path, frame.with_columns(pl.Series(column, streams, pl.Binary)))


def test_rewritten__is_read_if_the_parts_are_the_same(stored, tmp_path) -> None:
    """Or else the tests that follow could not fail."""
    found = read_or_refuse(rewritten(stored, tmp_path / "a.parquet", pl.read_parquet(stored)))
    assert found is not None
    assert equal(found, read_profile(stored))


@pytest.mark.parametrize(
    ("section", "column"),
    [
        *((name, "heads") for name in ("prompts.n_words", "prompts.keys", "tokens.text", "tokens.kinds", "texts.keys")),
        *(("word-3", column) for column in STREAMS),
    ],
)
def test_read_profile__refuses_a_file_with_a_bit_turned_over(stored, tmp_path, section, column) -> None:
    assert read_or_refuse(damaged(stored, tmp_path / "a.parquet", section, column, 2)) is None


def test_read_profile__names_the_file_where_its_inside_is_broken(stored, tmp_path) -> None:
    whole = bytearray(stored.read_bytes())
    whole[len(whole) // 8 : len(whole) // 2] = bytes(len(whole) // 2 - len(whole) // 8)
    (tmp_path / "a.parquet").write_bytes(whole)
    assert read_or_refuse(tmp_path / "a.parquet") is None


def test_read_footer__names_the_file_where_the_footer_is_broken(stored, tmp_path) -> None:
    pl.read_parquet(stored).write_parquet(tmp_path / "a.parquet", metadata={FOOTER: '{"format":'})
    assert read_or_refuse(tmp_path / "a.parquet") is None


def test_read_footer__says_that_its_checksum_does_not_agree(stored, tmp_path) -> None:
    path, footer = tmp_path / "a.parquet", pl.read_parquet_metadata(stored)[FOOTER]
    pl.read_parquet(stored).write_parquet(path, metadata={FOOTER: footer, FOOTER_CRC: "0"})
    with pytest.raises(BadInputError, match=r"a.parquet is a damaged .* its footer's checksum .*; write it again"):
        read_footer(path)


def test_read_profile__refuses_rows_that_share_pages(stored, monkeypatch) -> None:
    """In a file of some kilobytes, each row can name the same large page."""
    monkeypatch.setattr("fastslop.profiles.files.most_unpacked", lambda n_bytes: 1)
    with pytest.raises(BadInputError, match=r"damaged profile: its rows are larger than its pages; write it again"):
        read_profile(stored)


@pytest.mark.parametrize("name", ["run[1]", "run*"])
def test_read_profile__takes_a_path_as_it_is(tmp_path, name) -> None:
    for n_prompts, folder in ((3, name), (5, "run1"), (5, "runs")):
        write_profile(wide(n_prompts), tmp_path / folder / "a.parquet")
    assert equal(read_profile(tmp_path / name / "a.parquet"), wide(3))


@pytest.mark.parametrize("size", ["n_rows", "n_units"])
def test_read_profile__refuses_parts_of_another_size(stored, tmp_path, size) -> None:
    is_part = pl.col("section") == "word-2"
    parts = pl.read_parquet(stored).with_columns(pl.when(is_part).then(pl.col(size) + 1).otherwise(pl.col(size)))
    assert read_or_refuse(rewritten(stored, tmp_path / "a.parquet", parts)) is None


def test_read_profile__refuses_a_file_that_has_lost_a_part(stored, tmp_path) -> None:
    parts = pl.read_parquet(stored).filter(pl.col("section") != "word-2")
    assert read_or_refuse(rewritten(stored, tmp_path / "a.parquet", parts)) is None


# Names


@pytest.mark.parametrize("label", ODD_LABELS, ids=lambda label: repr(label[:20]))
def test_profile_name__is_safe_and_the_label_comes_back_exactly(tmp_path, label) -> None:
    path = tmp_path / profile_name(label)
    write_profile(Profile.empty(WORDS, label), path)
    assert path.parent == tmp_path
    assert read_footer(path).label == read_profile(path).label == label
    assert find_profiles([tmp_path]) == [path]


def test_profile_name__gives_different_labels_different_files() -> None:
    assert len({profile_name(label) for label in ODD_LABELS}) == len(ODD_LABELS)


@given(st.tuples(labels, labels))
@example(("a/b", "a_b"))
@example(("..", "."))
def test_profile_name__can_stand_in_any_folder(pair) -> None:
    names = [profile_name(label) for label in pair]
    for name in names:
        assert name.endswith(SUFFIX)
        assert not name.startswith(".")
        assert not set(name) & set('/\\:*?"<>|\0\n')
    assert (names[0] == names[1]) == (pair[0] == pair[1])


def test_profile_name__keeps_plain_labels_readable() -> None:
    assert profile_name("gpt-4.1_mini") == "gpt-4.1_mini.parquet"
    assert profile_name("gpt-4.1", "stories") == "gpt-4.1@stories.parquet"
    assert profile_name("org/gpt").startswith("org_gpt-")


def test_profile_name__leaves_room_for_names_of_many_bytes(tmp_path) -> None:
    write_profile(Profile.empty(WORDS, "模" * 100), tmp_path / profile_name("模" * 100))


# Finding


def test_find_profiles__lists_files_and_what_is_in_folders_as_they_were_named(tmp_path) -> None:
    paths = [tmp_path / name for name in ("a.parquet", "b.parquet", "c.parquet")]
    for path in paths:
        write_profile(wide(3), path)
    (tmp_path / ".a.parquet.tmp").write_text("half")
    (tmp_path / "notes.txt").write_text("no profile")
    assert find_profiles([tmp_path]) == paths
    assert find_profiles([paths[2], str(tmp_path)]) == [paths[2], *paths]


def test_find_profiles__refuses_folders_and_files_without_profiles(tmp_path) -> None:
    with pytest.raises(BadInputError, match=r"holds no profiles \(\*\.parquet\)"):
        find_profiles([tmp_path])
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(BadInputError, match=r"a.txt is not a Parquet file"):
        find_profiles([tmp_path / "a.txt"])
