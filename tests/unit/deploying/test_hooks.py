"""Programs of the project that a deploy runs."""

from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.orchestration.deploying import hooks


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "hooks").mkdir()
    monkeypatch.setattr(hooks, "PROJECT", tmp_path)
    return tmp_path


def hook(project: Path, script: str, mode: int = 0o755) -> None:
    file = project / "hooks" / "pre-deploy"
    file.write_text(script)
    file.chmod(mode)


def test_hook_runs_in_the_project_and_is_told(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hook(project, '#!/bin/sh\npwd\necho "$ENVIVO_ENV"; cat\n')
    hooks.run("pre-deploy", {"ENVIVO_ENV": "home"})
    out = capfd.readouterr()
    assert (out.out, out.err.splitlines()) == ("", [str(project), "home"])


def test_project_without_the_hook(project: Path) -> None:
    hooks.run("post-deploy", {})


@pytest.mark.parametrize(
    ("script", "mode", "said"),
    [
        ("#!/bin/sh\nexit 3\n", 0o755, "hooks/pre-deploy: ended with code 3: its output above says why"),
        ("#!/bin/sh\n", 0o644, "hooks/pre-deploy: is not executable: chmod +x hooks/pre-deploy, or remove it"),
        (
            "#!/nowhere\n",
            0o755,
            "hooks/pre-deploy: cannot be run (No such file or directory): "
            "its first line must name an installed interpreter, such as #!/bin/sh",
        ),
    ],
)
def test_hook_that_fails(project: Path, script: str, mode: int, said: str) -> None:
    hook(project, script, mode)
    with pytest.raises(EnvivoError) as error:
        hooks.run("pre-deploy", {})
    assert str(error.value) == said
