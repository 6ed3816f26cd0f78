"""Container images, brought to hosts as archives: a host needs no registry."""

import shlex
from collections.abc import Generator, Iterable, Mapping, Sequence

from pyinfra import host
from pyinfra.api import FactBase, FileUploadCommand, StringCommand, operation

from envivo.artifacts import Image
from envivo.errors import EnvivoError
from envivo.operations.output import given_up
from envivo.operations.reasons import Difference, because
from envivo.operations.refusal import refusal


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


def unusable(images: Iterable[Image]) -> list[str]:
    """What is wrong with archives that will be uploaded once the packages are there."""
    found = []
    for image in images:
        try:
            image.verify()
        except EnvivoError as error:
            found.append(str(error))
    return found


def deviations(missing: Iterable[Image], loaded: Mapping[str, str]) -> list[Difference]:
    return [
        Difference(f"the image {image.reference}", "is another one" if image.reference in loaded else "is not loaded")
        for image in missing
    ]


@operation()
def images(wanted: Sequence[Image]) -> Generator[FileUploadCommand | StringCommand, None, None]:
    """The Engine has exactly these images. Refuses a host for which an archive in the cache was changed."""
    loaded = host.get_fact(LoadedImages, references=[image.reference for image in wanted])
    if given_up():
        return
    missing = [image for image in wanted if loaded.get(image.reference) != image.image_id]
    if found := unusable(missing):
        yield refusal("\n".join(found))
        return
    if missing:
        because(host, deviations(missing, loaded))
    for image in missing:
        there = f"/var/tmp/{image.archive.name}"  # noqa: S108 - public content, loaded by its own digest
        yield FileUploadCommand(str(image.archive), there)
        yield StringCommand(f"docker load -qi {there} && rm -f {there}")
