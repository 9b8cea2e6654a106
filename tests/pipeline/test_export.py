"""Counts as plain columns are those of the profiles, whoever reads them and in whatever format."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from polars.testing import assert_frame_equal

from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.pipeline.export import export_counts
from fastslop.profiles import packed as packing
from fastslop.profiles.columns import COUNTS, _read_part, count_frames, find_rows, profile_frame, scan_counts
from fastslop.profiles.files import read_profile, write_profile
from fastslop.profiles.packed import pack
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from tests.corpora_of import N_PROMPTS, done, fastslop, files_below, write_jsonl
from tests.profile_checks import naive_count
from tests.strategies import chunk, documents, specs

ODD_LABEL = 'o"d, d/é\n;\t日本\\'
FORMATS = ("parquet", "csv", "jsonl", "ndjson")
QUERIES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "columns": lambda s: s.select("n", "label"),
    "one constant": lambda s: s.select("kind"),
    "rate": lambda s: s.select("per_million"),
    "kind": lambda s: s.filter(kind="mark"),
    "kind and order": lambda s: s.filter(pl.col("kind") == "word", pl.col("order") == 1).select("feature", "n"),
    "label": lambda s: s.filter(pl.col("label").str.starts_with("elm")).select("feature"),
    "either": lambda s: s.filter((pl.col("kind") == "mark") | (pl.col("n") > 50)),
    "null": lambda s: s.filter(pl.col("panel").is_null(), pl.col("n") > 3),
    "not null": lambda s: s.filter(pl.col("panel").is_not_null()),
    "numbers": lambda s: s.filter(pl.col("n") > pl.col("n_docs"), pl.col("n_prompts") > 2),
    "text": lambda s: s.filter(pl.col("feature").is_in(["petrichor", "the wheel of"])).select("n", "label"),
    "text and all": lambda s: s.filter(
        pl.col("feature").str.contains("wheel") & (pl.col("order") == 2) & (pl.col("n") > 2)
    ).select("label"),
    "of all": lambda s: s.filter(pl.col("n") == pl.col("n").max()),
    "nothing": lambda s: s.filter(pl.lit(False)),
    "head": lambda s: s.head(70_000).select("feature"),
    "head, then filter": lambda s: s.head(500).filter(pl.col("n") > 20),
    "head, then filter by what it has not": lambda s: s.head(3).filter(kind="mark"),
    "filter, then head": lambda s: s.filter(kind="mark").head(3),
    "slice": lambda s: s.slice(100, 20),
    "tail": lambda s: s.tail(5),
    "no rows": lambda s: s.head(0),
    "length": lambda s: s.select(pl.len()),
    "length of some": lambda s: s.filter(pl.col("n") > 5).select(pl.len()),
    "groups": lambda s: s.group_by("label", "order").agg(pl.col("n").sum()).sort("label", "order"),
    "joined with itself": lambda s: s.filter(order=1).join(s.filter(order=1), on=["label", "kind", "feature"]),
}


def counted(pairs: list[tuple[str, str]], label: str = "a", spec: CountSpec | None = None) -> Profile:
    return replace(count_documents(chunk(pairs), spec or PRESETS["default"]), label=label)


def written(folder: Path, *profiles: Profile) -> list[Path]:
    paths = [folder / f"{i}.parquet" for i in range(len(profiles))]
    for profile, path in zip(profiles, paths, strict=True):
        write_profile(profile, path)
    return paths


def frame_of(source: Path | Profile) -> pl.DataFrame:
    return pl.concat([COUNTS.to_frame(), *count_frames(source)])


def read_back(path: Path) -> pl.DataFrame:
    """A file of counts as Polars reads it, told the types that its format has none of."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".csv":
        return pl.read_csv(path, schema=COUNTS)
    return pl.read_ndjson(path, infer_schema_length=None).cast(COUNTS)  # which reads no Enum, and panics


def exported(places: list[Path], out: Path, **options: object) -> pl.DataFrame:
    (one,) = export_counts(places, out, **options)  # type: ignore[arg-type]
    frame = read_back(one.path)
    assert one.path == out
    assert one.rows == frame.height
    assert set(one.labels) >= set(frame["label"])
    return frame


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of an odd label, of a panel, with marks that formats have a meaning for."""
    text = 'He said: "a, b";\n\n\'c\\d\' | the end…\n#null nan NA\tnone {x} 100% "" ,, — “é” 日本'
    profile = counted([("p1", text), ("p2", text + " the end")], ODD_LABEL)
    path = tmp_path_factory.mktemp("odd") / "odd.parquet"
    write_profile(replace(profile, panel='p"1,'), path)
    return path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PART_ROWS", 3)


# Columns


@given(documents, specs)
def test_count_frames__equal_a_plain_recount(pairs, spec) -> None:
    profile = counted(pairs, spec=spec)
    found = {
        (row["kind"], row["order"], row["feature"]): (row["n"], row["n_docs"], row["n_prompts"], row["per_million"])
        for row in frame_of(profile).iter_rows(named=True)
    }
    plain = naive_count(pairs, spec)
    assert found == {
        (*table, text): (n, n_docs, len(by_prompt), n / profile.n_words * 1e6 if profile.n_words else None)
        for table, rows in plain.items()
        for text, (n, n_docs, by_prompt) in rows.items()
    }


@given(documents, specs)
def test_count_frames__are_the_same_of_a_profile_and_of_its_packed_form(pairs, spec) -> None:
    profile = counted(pairs, spec=spec)
    packed = pl.concat([COUNTS.to_frame(), *count_frames(pack(profile))])
    assert_frame_equal(packed, frame_of(profile))


def test_count_frames__come_a_part_at_a_time(odd: Path, tmp_path: Path, small_parts: None) -> None:
    profile = read_profile(odd)
    (path,) = written(tmp_path, profile)
    frames = list(count_frames(path, min_prompts=2))
    n_rows = [len(grams.n) for grams in profile.tables.values()]
    assert len(frames) == sum(-(-n // 3) for n in n_rows) > len(n_rows)
    assert all(frame.schema == COUNTS and frame.height <= 3 for frame in frames)
    assert_frame_equal(pl.concat(frames), frame_of(odd).filter(pl.col("n_prompts") >= 2))


def test_count_frames__have_the_columns_of_the_label_and_its_panel(odd: Path, profiles: Path) -> None:
    assert frame_of(odd).select("label", "panel").unique().rows() == [(ODD_LABEL, 'p"1,')]
    assert frame_of(profiles / "oak-1.parquet").select("label", "panel").unique().rows() == [("oak-1", None)]


def test_count_frames__have_rates_per_million_words_and_none_without_words() -> None:
    frame = frame_of(counted([("p1", "a b. a !")])).filter(order=1, kind="word")
    assert dict(frame.select("feature", "per_million").iter_rows()) == {"a": 2 / 3 * 1e6, "b": 1 / 3 * 1e6}
    only_marks = frame_of(counted([("p1", "! ! ?")]))
    assert only_marks["per_million"].null_count() == only_marks.height > 0


def test_count_frames__of_a_profile_without_text_are_empty(tmp_path: Path) -> None:
    (path,) = written(tmp_path, counted([]))
    assert frame_of(path).height == scan_counts(path).collect().height == 0
    assert exported([path], tmp_path / "counts.parquet").schema == COUNTS


def test_count_frames__know_how_far_prompts_are_known_beyond_1024(tmp_path: Path) -> None:
    """Of a row of more than 64 prompts it is then known only that they are 65 at least, or its documents' number."""
    texts = [(f"p{i}", "the cat" if i < 2 else "the") for i in range(MAX_PROMPTS + 1)]
    one_each, twice = counted(texts), counted([*texts, ("p1", "the dog")])
    for profile, beyond in ((one_each, MAX_PROMPTS + 1), (twice, 65)):
        (path,) = written(tmp_path / str(beyond), profile)
        singles = scan_counts(path).filter(kind="word", order=1).select("feature", "n_docs", "n_prompts").collect()
        assert singles.filter(feature="the")["n_prompts"].item() == beyond
        assert singles.filter(feature="cat").rows() == [("cat", 2, 2)]
    assert "the" in exported([path], tmp_path / "counts.csv", min_prompts=65)["feature"]
    assert "the" in profile_frame(one_each, min_prompts=66)["feature"]
    with pytest.raises(UsageError, match="only known that they are in 65 prompts or more"):
        export_counts([path], tmp_path / "none.csv", min_prompts=66)


def test_count_frames__read_a_part_of_a_file_when_it_is_wanted(
    odd: Path, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = written(tmp_path, read_profile(odd))
    plain, read = sys.modules["fastslop.profiles.columns"], []
    read_part = plain._read_part
    monkeypatch.setattr(
        plain, "_read_part", lambda path, place, name: read.append(name) or read_part(path, place, name)
    )
    for n, _ in enumerate(count_frames(path), start=1):
        assert len(read) == n


# Scans


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
@pytest.mark.parametrize("query", QUERIES)
def test_scan_counts__answers_as_a_table_in_memory_does(query: str, engine: str, profiles: Path, odd: Path) -> None:
    scan = scan_counts([profiles, odd])
    whole = scan.collect().lazy()
    assert_frame_equal(
        QUERIES[query](scan).collect(engine=engine),  # type: ignore[call-overload]
        QUERIES[query](whole).collect(),
        check_row_order=query != "joined with itself",
    )


def test_scan_counts__keeps_rows_of_few_prompts_out_before_it_counts_rows(profiles: Path) -> None:
    scan = scan_counts(profiles, kinds=["content"], orders=[2, 3], min_prompts=3)
    whole = scan_counts(profiles).collect().filter(pl.col("n_prompts") >= 3, kind="content")
    assert_frame_equal(scan.collect(), whole)
    assert_frame_equal(scan.head(7).collect(), whole.head(7))


def test_scan_counts__reads_no_file_that_a_filter_leaves_out(profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scan_counts(profiles)
    plain, read = sys.modules["fastslop.profiles.columns"], []
    read_packed = plain.read_packed
    monkeypatch.setattr(plain, "read_packed", lambda path, *args: read.append(path) or read_packed(path, *args))
    assert scan.filter(label="oak-1", order=1).collect()["label"].unique().to_list() == ["oak-1"]
    assert scan.filter(pl.col("order") == 7).collect().height == 0
    assert read == [profiles / "oak-1.parquet"]


def test_scan_counts__does_not_know_other_kinds(profiles: Path) -> None:
    with pytest.raises(UsageError, match=r"no kind 'words'; there are word, content, mark"):
        scan_counts(profiles, kinds=["words"])


def damaged(path: Path, sections: pl.DataFrame) -> None:
    """Write these parts as a profile with the footer of the one that is there."""
    metadata = pl.read_parquet_metadata(path)
    kept = {name: metadata[name] for name in ("fastslop", "fastslop-crc32")}
    sections.write_parquet(path, metadata=kept, row_group_size=1)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda parts: parts.filter(pl.col("section") != "mark-1"), "0 of 1 parts of mark-1"),
        (lambda parts: parts.filter(pl.col("section") != "tokens.text"), "0 of 1 parts of tokens.text"),
        (
            lambda parts: parts.with_columns(n_rows=pl.col("n_rows") + (pl.col("section") == "mark-1")),
            "a checksum does not agree",
        ),
    ],
    ids=["a table is gone", "the tokens are gone", "a number is another"],
)
def test_export__says_which_profile_is_damaged_and_leaves_nothing(damage, said, odd: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "bad.parquet", tmp_path / "counts.parquet"
    shutil.copy(odd, path)
    damaged(path, damage(pl.read_parquet(path)))
    for read in (lambda: scan_counts(path).collect(), lambda: export_counts([path], out)):
        with pytest.raises(BadInputError, match=said) as error:
            read()
        assert str(error.value).startswith(f"{path} is damaged")
    assert files_below(tmp_path) == ["bad.parquet"]


def test_part__that_is_another_or_broken_is_told_with_its_file(odd: Path, tmp_path: Path) -> None:
    """As where a file is written anew while its parts are read one by one."""
    sections = pl.read_parquet(odd)["section"].to_list()
    assert _read_part(odd, sections.index("word-1"), "word-1").section == "word-1"
    with pytest.raises(BadInputError, match=rf"{odd.name} is damaged: part 0 is none of word-1; write it again"):
        _read_part(odd, 0, "word-1")
    whole, path = odd.read_bytes(), tmp_path / "bad.parquet"
    path.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    with pytest.raises(BadInputError, match=r"bad.parquet is a damaged profile: .*; write it again from its source"):
        _read_part(path, 0, sections[0])


# Tables and n-grams of a profile


def test_profile_frame__is_sorted_by_occurrences_and_then_text(profiles: Path) -> None:
    path = profiles / "oak-1.parquet"
    frame = profile_frame(read_profile(path), "content", 2, min_prompts=2)
    slow = frame_of(path).filter(pl.col("n_prompts") >= 2, kind="content", order=2)
    assert frame.columns == ["feature", "n", "n_docs", "n_prompts", "per_million"]
    assert frame.rows() == sorted(slow.select(frame.columns).rows(), key=lambda row: (-row[1], row[0]))
    assert profile_frame(counted([])).schema == frame.schema


def test_profile_frame__says_which_tables_there_are(profiles: Path) -> None:
    with pytest.raises(UsageError, match="'oak-1' has no table word 7; it has word 1, word 2, word 3, content 2"):
        profile_frame(read_profile(profiles / "oak-1.parquet"), "word", 7)


def test_find_rows__finds_every_row_by_its_text(odd: Path) -> None:
    profile, frame = read_profile(odd), frame_of(odd)
    for text in frame["feature"].unique():
        assert_frame_equal(find_rows(profile, text), frame.filter(feature=text).select(frame.columns[2:]))


def test_find_rows__finds_what_is_written_otherwise(profiles: Path) -> None:
    profile = read_profile(profiles / "oak-1.parquet")
    for text in ("Petrichor", "ＰＥＴＲＩＣＨＯＲ", " petrichor "):
        assert find_rows(profile, text).rows()[0][:6] == ("word", 1, "petrichor", 5 * N_PROMPTS, N_PROMPTS, N_PROMPTS)
    for text in ("", " ", "verdigris", "petrichor verdigris", "\udc80"):
        assert find_rows(profile, text).height == find_rows(counted([]), text).height == 0


# Files


def test_export__sums_to_the_totals_of_inspect(profiles: Path, tmp_path: Path) -> None:
    path, out = profiles / "elm-2.parquet", tmp_path / "counts.parquet"
    done("export", path, "-o", out)
    sums = pl.read_parquet(out).group_by("kind", "order", maintain_order=True).agg(pl.len(), pl.col("n").sum())
    tables = done("inspect", path, "--json").json["tables"]
    assert sums.rows() == [(table["kind"], table["order"], table["n_rows"], table["n"]) for table in tables]


@pytest.mark.parametrize("suffix", FORMATS)
def test_export__gives_the_same_rows_in_every_format_and_the_same_bytes_twice(
    suffix: str, profiles: Path, odd: Path, tmp_path: Path
) -> None:
    out, again = tmp_path / f"counts.{suffix}", tmp_path / f"again.{suffix}"
    whole = pl.concat(map(frame_of, [*sorted(profiles.glob("elm*")), odd]))
    assert_frame_equal(exported([*profiles.glob("elm*"), odd], out), whole)
    export_counts([odd, *sorted(profiles.glob("elm*"))[::-1], odd], again)
    assert again.read_bytes() == out.read_bytes()


def test_export__writes_a_file_for_each_profile_into_a_folder(profiles: Path, odd: Path, tmp_path: Path) -> None:
    answer = done("export", profiles, odd, "-o", tmp_path / "plain", "--json").json
    assert files_below(tmp_path / "plain") == [f"{p.stem}.parquet" for p in sorted([*profiles.glob("*"), odd])]
    assert answer["format"] == 1
    for file, label in zip(answer["files"], sorted(["elm-1", "elm-2", "oak-1", "oak-2", ODD_LABEL]), strict=True):
        source = odd if label == ODD_LABEL else profiles / f"{label}.parquet"
        assert file == {"path": file["path"], "labels": [label], "rows": frame_of(source).height, "scaled": 1}
        assert_frame_equal(read_back(Path(file["path"])), frame_of(source))


def test_export__keeps_the_kinds_orders_and_prompts_asked_for(profiles: Path, tmp_path: Path) -> None:
    out = tmp_path / "counts.csv"
    done("export", profiles, "-o", out, "--kind", "word", "--kind", "mark", "--order", 1, "--order", 2)
    whole = pl.concat(map(frame_of, sorted(profiles.glob("*"))))
    asked = whole.filter(pl.col("kind") != "content", pl.col("order") < 3)
    assert_frame_equal(read_back(out), asked)
    done("export", profiles, "-o", out, "--kind", "content", "--min-prompts", 3, "--force")
    assert_frame_equal(read_back(out), whole.filter(pl.col("n_prompts") >= 3, kind="content"))


def test_export__takes_profiles_of_different_specifications(tmp_path: Path) -> None:
    long = counted([("p1", "a b c d e")], "long", CountSpec(orders=(1, 5)))
    paths = written(tmp_path, long, counted([("p1", "a b")], "short"))
    frame = exported(paths, tmp_path / "counts.parquet", orders=[5])
    assert frame.select("label", "feature").rows() == [("long", "a b c d e")]


def test_export__says_what_it_wrote(profiles: Path, tmp_path: Path) -> None:
    out = tmp_path / "marks.jsonl"
    answer = done("export", profiles / "oak-1.parquet", profiles / "oak-2.parquet", "-o", out, "--kind", "mark")
    assert answer.out == f"{out}\n"
    assert answer.log == f"{len(out.read_text().splitlines())} rows of 2 models\n"
    assert json.loads(out.read_text().splitlines()[0])["label"] == "oak-1"


def test_export__tells_how_far_it_is(profiles: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None, str]] = []
    export_counts([profiles], tmp_path, orders=[1], progress=lambda *step: told.append(step))
    assert told == [("exporting", done, 8, "parts") for done in range(9)]


def refused(*args: object) -> str:
    answer = fastslop("export", *args)
    assert (answer.code, answer.out) == (2, "")
    return answer.log


def test_export__replaces_nothing_unless_forced(profiles: Path, tmp_path: Path) -> None:
    out = tmp_path / "elm-1.parquet"
    out.write_text("mine")
    assert "is already there; choose another place or say --force" in refused(profiles / "elm-1.parquet", "-o", out)
    assert "is already there; choose another place or say --force" in refused(profiles, "-o", tmp_path)
    assert (files_below(tmp_path), out.read_text()) == (["elm-1.parquet"], "mine")
    done("export", profiles / "elm-1.parquet", "-o", out, "--force")
    assert pl.read_parquet(out).schema == COUNTS


def test_export__replaces_no_profile_even_if_forced(profiles: Path, tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    shutil.copytree(profiles, folder)
    for out in (folder, folder / "oak-1.parquet", tmp_path / "profiles/../profiles/elm-2.parquet"):
        assert "is a profile, which its counts must not replace" in refused(folder, "-o", out, "--force")
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in profiles.iterdir())


def test_export__refuses_what_it_cannot_do(profiles: Path, tmp_path: Path) -> None:
    oak = profiles / "oak-1.parquet"
    assert "written as .parquet, .csv, .jsonl, .ndjson" in refused(oak, "-o", tmp_path / "counts.xlsx")
    log = refused(profiles, "-o", tmp_path / "counts.csv", "--kind", "mark", "--order", 3, "--order", 1)
    assert "no profile has all of this: mark, order 3, 1; there are word 1, word 2, word 3, content 2" in log
    shutil.copy(oak, tmp_path / "oak-1.parquet")
    log = refused(oak, tmp_path / "oak-1.parquet", "-o", tmp_path / "counts.csv")
    assert "'oak-1' has two profiles of one panel" in log
    log = refused(oak, tmp_path / "oak-1.parquet", "-o", tmp_path / "plain")
    assert "would both be written to" in log
    assert files_below(tmp_path) == ["oak-1.parquet"]
    answer = fastslop("export", tmp_path / "none", "-o", tmp_path / "counts.csv")
    assert (answer.code, "there is no profile" in answer.log) == (2, True)


def test_export__takes_the_folder_of_a_run(tmp_path: Path) -> None:
    done("run", write_jsonl(tmp_path / "a.jsonl", [{"model": "a", "output": "one two. three"}]), "-o", tmp_path / "run")
    done("export", tmp_path / "run", "-o", tmp_path / "counts.parquet")
    assert pl.read_parquet(tmp_path / "counts.parquet")["n"].sum() > 0


# Other programs


@pytest.fixture(scope="module", params=FORMATS[:3])
def file(request: pytest.FixtureRequest, odd: Path, profiles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Counts with odd texts, in each format."""
    out = tmp_path_factory.mktemp("counts") / f"counts.{request.param}"
    export_counts([odd, profiles / "oak-1.parquet"], out)
    return out


def test_duckdb__reads_what_was_exported(file: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.sql(f"SELECT * FROM '{file}'").fetchall()
    assert rows == read_back(file).rows()


def test_pandas__reads_what_was_exported(file: Path) -> None:
    pandas = pytest.importorskip("pandas")
    if file.suffix == ".parquet":
        pytest.importorskip("pyarrow")
        frame = pandas.read_parquet(file)
    elif file.suffix == ".csv":  # "null" and "nan" are words
        frame = pandas.read_csv(file, keep_default_na=False, na_values={"panel": [""]})
    else:
        frame = pandas.read_json(file, lines=True, dtype=False, precise_float=True)
    rows = [tuple(None if value != value else value for value in row) for row in frame.itertuples(index=False)]
    assert rows == read_back(file).rows()


def test_r__reads_what_was_exported(file: Path) -> None:
    read = {
        ".parquet": "if (requireNamespace('nanoparquet')) nanoparquet::read_parquet(f) else arrow::read_parquet(f)",
        ".csv": "read.csv(f, encoding = 'UTF-8')",
        ".jsonl": "jsonlite::stream_in(file(f), verbose = FALSE)",
    }[file.suffix]
    if shutil.which("Rscript") is None:
        pytest.skip("needs R")
    code = f"f <- commandArgs(TRUE); d <- {read}; cat(nrow(d), sum(d$n), sum(d$feature == 'null'))"
    answer = subprocess.run(["Rscript", "-e", code, file], capture_output=True, text=True, timeout=60)
    if "there is no package" in answer.stderr:
        pytest.skip("needs the R packages nanoparquet or arrow, and jsonlite")
    whole = read_back(file)
    assert answer.stdout == f"{whole.height} {whole['n'].sum()} {whole.filter(feature='null').height}"
