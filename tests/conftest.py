"""Every test has a cache folder of its own, so that none sees or removes what another wrote."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache", numbered=True)))


def cache_files() -> list[Path]:
    """The files in the cache folder."""
    import platformdirs

    return sorted(platformdirs.user_cache_path("response-analyzer").glob("*"))
