"""Container images, uploaded to hosts as archives: a host needs no registry."""

import shlex
from collections.abc import Generator, Iterable, Mapping, Sequence

from pyinfra import host
from pyinfra.api import FactBase, FileUploadCommand, StringCommand, operation

from envivo.artifacts import Image
from envivo.core.errors import EnvivoError
from envivo.core.paths import VAR
from envivo.core.problems import Problem
from envivo.operations.fail_host import fail_host
from envivo.operations.keeping import keep_images
from envivo.operations.output import host_failed
from envivo.operations.reasons import Difference, because

INCOMING = f"{VAR}/incoming"
"""Only root may write here: in a shared directory another user could take the name first."""


class LoadedImages(FactBase[dict[str, str]]):
    """The identity of each image that the Engine has, by reference."""

    @staticmethod
    def default() -> dict[str, str]:
        return {}

    def command(self, references: list[str]) -> str:
        return (
            f"docker image inspect -f '{{{{range .RepoTags}}}}{{{{println .}}}}{{{{end}}}}{{{{.Id}}}}' "
            f"{shlex.join(references)} 2>/dev/null; true"
        )

    def process(self, output: list[str]) -> dict[str, str]:
        loaded: dict[str, str] = {}
        tags: list[str] = []
        for line in output:
            if line.startswith("sha256:"):
                loaded.update(dict.fromkeys(tags, line))
                tags = []
            elif line:
                tags.append(line)
        return loaded


def unusable(images: Iterable[Image]) -> list[Problem]:
    """Problems of archives in the cache, found before anything is uploaded."""
    found: list[Problem] = []
    for image in images:
        try:
            image.verify()
        except EnvivoError as error:
            found += error.problems
    return found


def load_script(there: str, image: Image) -> str:
    """A script that loads the archive if its checksum is right, and removes it in any case."""
    return (
        f"trap 'rm -rf {INCOMING}' EXIT; "
        f'echo "{image.sha256}  {there}" | sha256sum --check --status || '
        f"{{ echo 'the image {image.reference} arrived incomplete: deploy again' >&2; exit 1; }}; "
        f"docker load -qi {there}"
    )


def deviations(missing: Iterable[Image], loaded: Mapping[str, str]) -> list[Difference]:
    return [
        Difference(f"the image {image.reference}", "has another id" if image.reference in loaded else "is not loaded")
        for image in missing
    ]


@operation()
def images(wanted: Sequence[Image]) -> Generator[FileUploadCommand | StringCommand, None, None]:
    """The Engine has exactly these images. Fails the host where an archive in the cache was changed."""
    keep_images(host, {image.reference: image.image_id for image in wanted})
    loaded = host.get_fact(LoadedImages, references=[image.reference for image in wanted])
    if host_failed():
        return
    missing = [image for image in wanted if loaded.get(image.reference) != image.image_id]
    if found := unusable(missing):
        yield fail_host(*found)
        return
    if missing:
        because(host, deviations(missing, loaded))
    for image in missing:
        yield StringCommand(f"rm -rf {INCOMING} && install -d -o root -g root -m 700 {INCOMING}")
        there = f"{INCOMING}/{image.archive.name}"
        # with _sudo pyinfra puts it into /tmp first, by default under a name that follows from this one
        yield FileUploadCommand(str(image.archive), there, remote_temp_filename=host.get_temp_filename())
        yield StringCommand(load_script(there, image))
