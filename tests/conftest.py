"""What all tests share: hypothesis profiles, the real corpora, the kernels' interpreted mode."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.corpora_of import done, write_models

if TYPE_CHECKING:
    from tests.object_store import Bucket, Server

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# No deadline: the first call of a kernel compiles it.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, max_examples=20, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_configure(config: pytest.Config) -> None:
    """Interpreted kernels wrap around as compiled ones do, but NumPy warns of it, even at import."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        config.addinivalue_line("filterwarnings", "ignore:overflow encountered:RuntimeWarning")


def shared_folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs the folder ../shared/{name} beside the project, which is absent")
    return folder


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Folder of real generations and human fiction; read from there, never copied."""
    return shared_folder("corpora")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of what slop-forensics published: stopwords and profiles."""
    return shared_folder("reference")


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the generations of four models, a file each."""
    folder = tmp_path_factory.mktemp("texts")
    write_models(folder)
    return folder


@pytest.fixture(scope="session")
def profiles(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with their profiles."""
    folder = tmp_path_factory.mktemp("counted") / "profiles"
    done("count", texts, "-o", folder)
    return folder


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Server]:
    """An S3 server on this machine."""
    if not (os.environ.get("CI") or (find_spec("moto") and find_spec("obstore"))):
        pytest.skip("needs an S3 server and its client: pip install 'fastslop[dev]'")
    from tests.object_store import Server

    server = Server()
    yield server
    server.close()


@pytest.fixture
def bucket(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket of that server, which the environment says how to reach."""
    from fastslop.system import stores
    from tests.object_store import KEY, SECRET, Bucket

    for name in [name for name in os.environ if name.startswith(stores.SETTINGS)]:
        monkeypatch.delenv(name)
    settings = {"ENDPOINT_URL": s3_server.url, "ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET, "REGION": "us-east-1"}
    for name, value in {**settings, "CONFIG_FILE": "none", "SHARED_CREDENTIALS_FILE": "none"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(stores, "FIRST_WAIT_S", 0.01)
    s3_server.requests.clear()
    yield Bucket(s3_server)
    s3_server.fails_every, s3_server.answer = 0, None
