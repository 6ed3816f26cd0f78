"""Container images, brought to hosts as archives: a host needs no registry."""

import shlex
from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import FactBase, FileUploadCommand, StringCommand, operation

from envivo.artifacts import Image
from envivo.operations.output import given_up


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


@operation()
def images(wanted: Sequence[Image]) -> Generator[FileUploadCommand | StringCommand, None, None]:
    """The Engine has exactly these images. Raises EnvivoError if an archive in the cache was changed."""
    loaded = host.get_fact(LoadedImages, references=[image.reference for image in wanted])
    if given_up():
        return
    for image in wanted:
        if loaded.get(image.reference) == image.image_id:
            continue
        image.verify()
        there = f"/var/tmp/{image.archive.name}"  # noqa: S108 - public content, loaded by its own digest
        yield FileUploadCommand(str(image.archive), there)
        yield StringCommand(f"docker load -qi {there} && rm -f {there}")
