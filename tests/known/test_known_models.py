"""Known models answer without a library, stand beside a run, and are exchanged as one file that nobody has to trust."""

from __future__ import annotations

import json
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import numpy as np
import pytest

import fastslop as fs
from fastslop.base.errors import NotThereError
from fastslop.known import exchange
from fastslop.known.cutting import cut_profiles
from fastslop.known.models import BUILT_IN, FOLDER_VARIABLE, is_built_in
from tests.corpora_of import FAMILIES, done, fastslop, records, write_jsonl, write_models

MOST_BYTES = 6_000_000


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("known")
    done("count", *write_models(folder / "texts"), "-o", folder / "profiles")
    return folder / "profiles"


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "library"))
    return tmp_path / "library"


def texts_of(folder: Path) -> Path:
    return write_jsonl(folder / "mine.jsonl", [{"output": r["output"], "id": r["id"]} for r in records(FAMILIES[0])])


def test_package__has_22_models_in_six_megabytes() -> None:
    known = fs.open_known()
    assert len(known) == 22
    assert all(is_built_in(member) for member in known.members)
    assert sum(path.stat().st_size for path in BUILT_IN.iterdir()) <= MOST_BYTES


def test_package__has_counts_and_no_texts() -> None:
    for profile in fs.open_known():
        assert len(profile.prompt_texts) == 0
        assert len(profile.tables["word", 3].n) == 0
        assert all(len(profile.vocabulary.keys) >= grams.ids.max() for grams in profile.tables.values() if len(grams.n))


def test_cut_profiles__are_compared_as_whole_ones(profiles: Path) -> None:
    whole = fs.open_profiles(profiles)
    cut = list(cut_profiles(whole))
    for profile in cut:
        profile.write(profiles.parent / "cut" / f"{profile.label}.parquet", force=True)
    one, other = (fs.compare(some, replicates=0) for some in (whole, fs.open_profiles(profiles.parent / "cut")))
    np.testing.assert_allclose(one.condensed, other.condensed, atol=1e-12)


def test_cut_profiles__keep_counts_as_they_were(profiles: Path) -> None:
    whole = fs.open_profiles(profiles)
    for before, after in zip(whole, cut_profiles(whole, 30), strict=True):
        counts, kept = before.frame("word", 2), after.frame("word", 2)
        assert 0 < len(kept) <= 30
        assert len(kept.join(counts, on=kept.columns, how="semi")) == len(kept)
        assert after.left_out["word", 2] == len(counts) - len(kept)
        assert after.left_out["word", 3] == len(before.frame("word", 3))


def test_identify__without_a_library_asks_the_known_models(tmp_path: Path) -> None:
    answer = done("identify", texts_of(tmp_path), "--replicates", 20, "--json").json
    (query,) = answer["queries"]
    assert [c["label"] for c in query["candidates"]] and len(query["candidates"]) == 22
    assert query["verdict"] in ("none of these", "unresolved")
    assert any("known models wrote to other prompts" in note for note in query["notes"])
    assert (
        answer["queries"] == done("identify", "known", texts_of(tmp_path), "--replicates", 20, "--json").json["queries"]
    )
    assert not (BUILT_IN / ".fastslop").exists()


def test_run__stands_beside_known_models(tmp_path: Path, profiles: Path) -> None:
    done("library", "add", profiles, "--panel", "planted")
    answer = done("run", texts_of(tmp_path), "--beside", "known", "-o", tmp_path / "out", "--json")
    (label,) = answer.json["labels"]
    assert label == "mine"
    assert answer.json["labels"]["mine"]["nearest"] == "oak-1"
    assert "known models wrote to other prompts" in answer.log
    compared = json.loads((tmp_path / "out" / "compare.json").read_text())["labels"]
    assert len(compared) == 22 + len(FAMILIES) + 1
    page = (tmp_path / "out" / "report.html").read_text()
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert [model["label"] for model in data["models"] if not model["beside"]] == ["mine"]
    assert len(data["models"]) == len(compared)
    assert data["list"]["label"] == "mine"
    found = fs.run(str(texts_of(tmp_path)), tmp_path / "two", beside=profiles)
    assert found.scores.labels["label"].to_list() == ["mine"]
    assert {*found.comparison.labels} == {"mine", *(model.label for model in FAMILIES)}


def test_run__beside_profiles_of_another_kind_is_refused(tmp_path: Path) -> None:
    answer = fastslop("run", texts_of(tmp_path), "--beside", "known", "--spec", "words", "-o", tmp_path / "out")
    assert answer.code == 3
    assert "the models beside (known) were counted in another way than this run would: content_orders" in answer.log
    assert "leave --spec, --orders and --scaled as they are, or --beside out" in answer.log
    assert not (tmp_path / "out").exists()


def test_library__adds_lists_and_removes(profiles: Path, own: Path) -> None:
    added = done("library", "add", profiles, "--json").json["profiles"]
    assert {row["label"] for row in added} == {model.label for model in FAMILIES}
    models = {row["label"]: row["from"] for row in done("library", "list", "--json").json["models"]}
    assert (models["oak-1"], models["o3"], len(models)) == ("added", "package", 22 + len(FAMILIES))
    assert "oak-1" in done("library", "list").out
    answer = fastslop("library", "add", profiles)
    assert (answer.code, "added before" in answer.log) == (2, True)
    done("library", "remove", "oak-1")
    assert "oak-1" not in fs.open_known()
    assert not (own / "oak-1.parquet").exists()


def test_library__keeps_what_comes_with_the_package() -> None:
    answer = fastslop("library", "remove", "o3")
    assert (answer.code, "comes with the package" in answer.log) == (2, True)
    answer = fastslop("library", "remove", "o4")
    assert (answer.code, "no model 'o4'" in answer.log) == (2, True)


def answers(name: str, panel: str | None = None, spec: str = "default") -> fs.ProfileSet:
    """The answers of a model to three prompts of a panel."""
    texts = [{"model": name, "prompt": f"{panel} {i}", "text": f"The {panel} sea {i}."} for i in range(3)]
    return fs.count(texts, panel=panel, spec=spec)


def test_add_known__says_which_models_cannot_be_added(own: Path) -> None:
    with pytest.raises(fs.UsageError, match=r"several of these models are called 'mine@one'; merge them, or add them"):
        fs.add_known(fs.merge(answers("mine", "x"), answers("mine", "y")), panel="one")
    with pytest.raises(fs.UsageError, match=r"a model of the name 'o3@.*' comes with the package; give yours another"):
        fs.add_known(answers("o3"), panel="slop-score")
    said = r"the profiles to add were counted in another way than the known models: .*; count their texts again with"
    with pytest.raises(fs.IncompatibleProfilesError, match=said):
        fs.add_known(answers("mine", spec="words"))
    assert list(own.glob("*.parquet")) == []


@pytest.fixture
def archive(profiles: Path, tmp_path: Path) -> Path:
    """Models that somebody else has added and written into a file."""
    fs.add_known(fs.open_profiles(profiles))
    assert fs.export_known(tmp_path / "theirs.zip") == sha256((tmp_path / "theirs.zip").read_bytes()).hexdigest()
    fs.remove_known([model.label for model in FAMILIES])
    return tmp_path / "theirs.zip"


def test_library__of_others_is_imported_from_a_file(archive: Path, profiles: Path) -> None:
    done("library", "import", archive)
    assert {model.label for model in FAMILIES} <= {*fs.open_known().labels}
    fs.export_known(archive.with_name("again.zip"))
    assert archive.with_name("again.zip").read_bytes() == archive.read_bytes()


def test_library__is_imported_from_an_address_by_its_checksum(archive: Path) -> None:
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), lambda *a: handler(*a, directory=str(archive.parent))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/theirs.zip"
        digest = sha256(archive.read_bytes()).hexdigest()
        with pytest.raises(fs.UsageError, match="--sha256"):
            fs.import_known(address)
        with pytest.raises(fs.BadInputError, match=r"theirs.zip has the checksum .*, not 00*: .*; fetch it again"):
            fs.import_known(address, sha256="0" * 64)
        with pytest.raises(fs.BadInputError, match=r"theirs.zip.not cannot be read: .*; fetch it by other means"):
            fs.import_known(address + ".not", sha256=digest)
        assert len(fs.import_known(address, sha256=digest.upper())) == len(FAMILIES)
        server.shutdown()


def test_library__of_others_is_not_believed(archive: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ZipFile(archive) as opened:
        profile = opened.read(opened.namelist()[0])
    flipped = bytes([*profile[:-400], profile[-400] ^ 1, *profile[-399:]])
    for entries, said in (
        ({"../../outside.parquet": profile, "bad.parquet": flipped}, "damaged|broken|footer|profile"),
        ({"a.txt": b"hello"}, r"forged.zip holds 'a.txt', which is no profile .*; give a file of `library export`"),
        ({}, r"forged.zip holds 0 files; a library of models \(a file of `library export`\) has 1 to 10,000"),
    ):
        forged = archive.with_name("forged.zip")
        with ZipFile(forged, "w") as made:
            for name, data in entries.items():
                made.writestr(name, data)
        with pytest.raises(fs.FastslopError, match=said):
            fs.import_known(forged)
    archive.with_name("text.zip").write_bytes(b"no archive")
    with pytest.raises(fs.BadInputError, match=r"text.zip is no library of models \(a file of `library .*\): File"):
        fs.import_known(archive.with_name("text.zip"))
    monkeypatch.setattr(exchange, "MOST_OF_A_MODEL", 100)
    with pytest.raises(NotThereError, match=r"there is no file .*nowhere.zip"):
        fs.import_known(archive.with_name("nowhere.zip"))
    with pytest.raises(fs.BadInputError, match=r"in .*theirs.zip has more than 100 bytes, and is no library of models"):
        fs.import_known(archive)
    assert list(own.glob("*.parquet")) == []


def test_export__needs_models_that_were_added(tmp_path: Path) -> None:
    with pytest.raises(fs.UsageError, match="no models were added"):
        fs.export_known(tmp_path / "mine.zip")
