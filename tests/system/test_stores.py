"""Objects in a store are found, read as they were found, and put whole; what fails is told without the user's keys."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from fastslop.base.errors import BadInputError, FastslopError, NotThereError, UsageError
from fastslop.reading.inputs import find_inputs
from fastslop.system import object_reader, stores
from fastslop.system.atomic import refuse_to_overwrite, write_atomically, write_text
from fastslop.system.aws_profile import aws_profile
from fastslop.system.object_paths import ObjectPath, copies_of, file_at, matching_objects, path_of
from fastslop.system.stores import address_of, find_object, put_file

if TYPE_CHECKING:
    from tests.object_store import Bucket

TREE = ("a.jsonl", "b.txt", "sub/c.jsonl", "sub/deep/d.jsonl", ".hidden/e.jsonl", "odd é+%20#?&/f [1].jsonl")


@pytest.fixture
def tree(bucket: Bucket) -> Bucket:
    for key in TREE:
        bucket.put(f"in/{key}", b'{"text": "x"}')
    return bucket


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("in/a.jsonl", ["a.jsonl"]),
        ("in/*.jsonl", ["a.jsonl"]),
        ("in/?.*", ["a.jsonl", "b.txt"]),
        ("in/*/*.jsonl", ["odd é+%20#?&/f [1].jsonl", "sub/c.jsonl"]),
        ("in/**/*.jsonl", ["a.jsonl", "odd é+%20#?&/f [1].jsonl", "sub/c.jsonl", "sub/deep/d.jsonl"]),
        ("in/su[ab]/deep/d.jsonl", ["sub/deep/d.jsonl"]),
        ("in/odd é+%20#?&/f [1].jsonl", ["odd é+%20#?&/f [1].jsonl"]),
        ("in/.*/e.jsonl", [".hidden/e.jsonl"]),
    ],
)
def test_pattern__matches_objects_as_it_does_files(tree: Bucket, pattern: str, found: list[str]) -> None:
    assert [str(one) for one in matching_objects(f"{tree}/{pattern}")] == [f"{tree}/in/{key}" for key in found]


def test_folder__is_read_as_one_on_a_disk(tree: Bucket, tmp_path: Path) -> None:
    for key in TREE:
        path = tmp_path / "in" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'{"text": "x"}')
    (files, passed_over), (own, own_over) = find_inputs([f"{tree}/in"]), find_inputs([str(tmp_path / "in")])
    assert [file.label for file in files] == [file.label for file in own]
    assert [file.name for file in files] == [file.name.replace(str(tmp_path), str(tree)) for file in own]
    assert [(path.name, why) for path, why in passed_over] == [(path.name, why) for path, why in own_over]


def test_ten_thousand_objects__are_found_by_a_request_for_each_thousand(bucket: Bucket) -> None:
    for i in range(10_000):
        bucket.put(f"many/{i:05d}.jsonl", b"{}")
    bucket.n_requests()
    files, _ = find_inputs([f"{bucket}/many"])
    assert len(files) == 10_000 and {file.paths[0].stat().st_size for file in files} == {2}
    assert bucket.n_requests() == 2 + 10


@pytest.mark.parametrize("name", ["s3://", "s3:///a", "s3://bucket//a", "s3://bucket/a/../b"])
def test_address__that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no address in a store; write s3://BUCKET/FOLDER/NAME"):
        path_of(name)


# Reading


def content(n: int) -> bytes:
    return bytes(range(251)) * (n // 251 + 1)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_reader, "HEAD_BYTES", 10)
    monkeypatch.setattr(object_reader, "BLOCK_BYTES", 100)
    monkeypatch.setattr(object_reader, "BYTES_KEPT", 300)
    monkeypatch.setattr(object_reader, "_blocks", object_reader._Blocks())


@pytest.mark.parametrize("fails_every", [0, 2, 3])
def test_object__is_read_in_blocks_each_of_which_is_asked_for_once(
    bucket: Bucket, small_blocks: None, fails_every: int
) -> None:
    whole = content(1000)
    bucket.put("a", whole)
    path = ObjectPath(address_of(f"{bucket}/a"))
    bucket.n_requests()
    bucket.server.fails_every = fails_every
    with path.open() as file:
        assert file.read() == whole
        if not fails_every:
            ranges = [asked for _, _, asked in bucket.server.requests if asked]
            assert len(ranges) == len({*ranges}) == 12 and {"bytes=0-9", "bytes=10-99", "bytes=1000-1003"} < {*ranges}
        for start in (0, 9, 10, 99, 100, 731, len(whole) - 1, len(whole), len(whole) + 5):
            file.seek(start)
            assert file.read(50) == whole[start : start + 50]


def test_object__that_was_changed_since_it_was_found_is_not_read(bucket: Bucket, small_blocks: None) -> None:
    bucket.put("a", content(1000))
    for changed in (content(1000)[::-1], b"shorter"):
        with ObjectPath(address_of(f"{bucket}/a")).open() as file:
            file.read(20)
            bucket.put("a", changed)
            with pytest.raises(BadInputError, match=r"s3://.*/a was changed while it was read: read it when nothing"):
                file.read()


def test_copies__are_removed_in_the_end_and_named_by_their_address(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("in/a.parquet", content(1000))
    with copies_of([path_of(f"{bucket}/in/a.parquet"), tmp_path]) as (copy, own):
        assert own == tmp_path
        assert str(copy) == f"{copy}" == f"{bucket}/in/a.parquet" and copy.name == "a.parquet"
        assert copy.read_bytes() == content(1000) and copy.exists()
    assert not copy.exists() and not Path(os.fspath(copy)).parent.exists()


def test_copy__that_has_no_room_is_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put("in/a.parquet", content(1000))
    usage = SimpleNamespace(free=10)
    monkeypatch.setattr("fastslop.system.object_paths.shutil.disk_usage", lambda folder: usage)
    with (
        pytest.raises(UsageError, match=r"s3://.*/a\.parquet is copied to /.* to be read, .* free; .* by TMPDIR"),
        copies_of([path_of(f"{bucket}/in/a.parquet")]),
    ):
        pass


def test_kept_copy__is_made_again_where_the_object_has_changed(bucket: Bucket) -> None:
    bucket.put("a", b"one")
    first = file_at(f"{bucket}/a")
    assert file_at(f"{bucket}/a") == first
    bucket.put("a", b"two")
    assert file_at(f"{bucket}/a").read_bytes() == b"two" and first.read_bytes() == b"one"


# Writing


def test_object__is_there_whole_or_not_at_all_and_is_not_replaced(bucket: Bucket, tmp_path: Path) -> None:
    target = path_of(f"{bucket}/out/a.txt")

    def fail(beside: Path) -> None:
        beside.write_text("half")
        raise ValueError

    with pytest.raises(ValueError):
        write_atomically(target, fail)
    assert bucket.contents() == {}
    write_text(target, "one")
    with pytest.raises(UsageError, match=r"s3://.*/out/a\.txt is already there; choose another place or say --force"):
        write_text(target, "two")
    (tmp_path / "late").write_text("three")
    with pytest.raises(UsageError, match="is already there"):  # put there by another job in the meantime
        put_file(tmp_path / "late", address_of(str(target)), force=False)
    assert bucket.contents() == {"a.txt": b"one"}
    write_text(target, "two", force=True)
    assert bucket.contents() == {"a.txt": b"two"}


def test_large_object__is_put_in_parts(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "PUT_AT_ONCE", 1000)
    (tmp_path / "large").write_bytes(content(6 << 20))
    address = address_of(f"{bucket}/large")
    bucket.server.fails_every = 3
    put_file(tmp_path / "large", address, force=False)
    assert bucket.contents() == {"large": content(6 << 20)}
    with pytest.raises(UsageError, match="already there"):
        put_file(tmp_path / "large", address, force=False)


# What goes wrong

DENIED = "<Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>AKIAEXAMPLEKEY</AWSAccessKeyId></Error>"


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        (
            "404 Not Found",
            "<Error><Code>NoSuchBucket</Code></Error>",
            NotThereError,
            r"there is no bucket '.*' at 127\.",
        ),
        ("403 Forbidden", DENIED, UsageError, r"does not let you list this \(403 InvalidAccessKeyId\); see what"),
        ("401 Unauthorized", "", UsageError, r"does not let you list this \(401\); .*, or set AWS_ACCESS_KEY_ID"),
        ("301 Moved", "", UsageError, "the bucket is in another region; name it by AWS_REGION"),
        (
            "503 Slow Down",
            "",
            FastslopError,
            r"the store at 127\..* does not answer \(503\); see whether it can be reach",
        ),
    ],
)
def test_refusal__is_told_with_the_address_and_the_remedy_and_no_key(
    bucket: Bucket, status: str, body: str, error: type[FastslopError], message: str
) -> None:
    bucket.server.answer = (status, body)
    with pytest.raises(error, match=message) as told:
        [*ObjectPath(address_of(f"{bucket}/in")).iterdir()]
    assert str(told.value).startswith(f"{bucket}/in: ") and "AKIA" not in str(told.value)


def test_store__that_is_not_there_is_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://user:secret@127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(FastslopError, match=r"the store at 127\..* does not answer \(connection refused\)") as told:
        find_object(address_of(f"{bucket}/a"))
    assert "secret" not in str(told.value)


def test_missing_bucket__is_told_before_anything_is_written(bucket: Bucket) -> None:
    with pytest.raises(NotThereError, match=r"s3://nobucket/: there is no bucket 'nobucket' at 127\."):
        refuse_to_overwrite(path_of("s3://nobucket/out/a.parquet"), force=False)


def test_missing_object__is_told(bucket: Bucket) -> None:
    with pytest.raises(NotThereError, match=r"s3://.*/none\.jsonl: no such object or folder"):
        matching_objects(f"{bucket}/none.jsonl")
    with pytest.raises(NotThereError, match=r"s3://.*/none\.jsonl: there is no such object"):
        file_at(f"{bucket}/none.jsonl")


def test_store__without_its_client_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(UsageError, match=r"not installed: pip install 'fastslop\[stores\]'"):
        find_object(address_of("s3://bucket/a"))


def test_store__without_credentials_is_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(UsageError, match="no credentials are found; set AWS_ACCESS_KEY_ID"):
        find_object(address_of(f"{bucket}/a"))


# Profiles of the AWS tools


@pytest.fixture
def aws(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "config").write_text(
        "[default]\nregion = eu-west-1\n[profile work]\nendpoint_url = http://minio\n[profile sso]\nsso_session = x\n"
    )
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = D\naws_secret_access_key = d%\n"
        "[work]\naws_access_key_id = W\naws_secret_access_key = w\naws_session_token = t\n"
    )
    names = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}
    return {variable: str(tmp_path / name) for variable, name in names.items()}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, {"aws_access_key_id": "D", "aws_secret_access_key": "d%", "aws_region": "eu-west-1"}),
        ({"AWS_ACCESS_KEY_ID": "E"}, {"aws_region": "eu-west-1"}),
        ({"AWS_ACCESS_KEY_ID": "E", "AWS_DEFAULT_REGION": "us-west-2"}, {"aws_region": "us-west-2"}),
        (
            {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL": "http://other"},
            {
                "aws_access_key_id": "W",
                "aws_secret_access_key": "w",
                "aws_session_token": "t",
                "aws_endpoint": "http://other",
            },
        ),
    ],
)
def test_profile__gives_what_the_environment_does_not(
    aws: dict[str, str], environment: dict[str, str], found: dict[str, str]
) -> None:
    assert aws_profile(aws | environment) == found


def test_profile__that_cannot_be_used_is_told(aws: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="AWS_PROFILE=none: there is no profile of that name"):
        aws_profile(aws | {"AWS_PROFILE": "none"})
    with pytest.raises(UsageError, match=r"the profile 'sso' .* by sso_session, .*: eval .*--profile sso --format env"):
        aws_profile(aws | {"AWS_PROFILE": "sso"})
    Path(aws["AWS_CONFIG_FILE"]).write_text("region = x\n")
    with pytest.raises(UsageError, match="config is no file of the AWS tools; mend it"):
        aws_profile(aws)
