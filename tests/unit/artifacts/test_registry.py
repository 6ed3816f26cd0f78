"""The publisher's image by digest, against a real registry."""

from pathlib import Path

import pytest

from envivo.artifacts.cache import Cache
from envivo.artifacts.fetching import fetch
from envivo.artifacts.image_archive import verified_id
from envivo.artifacts.lock import Item
from envivo.artifacts.sources import ChecksumError
from envivo.core.errors import EnvivoError

from .parts import SmallImage, everything_below, image_item, sha256
from .registry_server import SERVICE, LocalRegistry


def pulled(registry: LocalRegistry, repository: str, digest: str, arch: str = "amd64") -> Item:
    pin = {"use": "registry", "url": registry.url, "repository": repository, "digest": digest, "checked": True}
    return image_item(pin, arch=arch)


def image_id(image: SmallImage) -> str:
    return f"sha256:{sha256(image.config)}"


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_registry_serves_the_platform_of_an_index(open_registry: LocalRegistry, cache: Cache, arch: str) -> None:
    images = {one: SmallImage.make(one) for one in ("amd64", "arm64")}
    item = pulled(open_registry, "team/multi", open_registry.push_index("team/multi", images), arch)
    (fetched,) = fetch([item], cache)
    assert fetched.receipt.image_id == image_id(images[arch])
    assert verified_id(cache.path(item) / item.files[0], item) == image_id(images[arch])


def test_registry_serves_a_manifest_that_stands_alone_as_the_same_archive_each_time(
    open_registry: LocalRegistry, cache: Cache, tmp_path: Path
) -> None:
    image = SmallImage.make("amd64")
    item = pulled(open_registry, "alone", *open_registry.push("alone", image))
    (first,), (second,) = fetch([item], cache), fetch([item], Cache(tmp_path / "second"))
    assert first.receipt == second.receipt
    assert first.receipt.image_id == image_id(image)


def test_registry_that_asks_for_a_token_gets_the_one_its_challenge_points_to(
    token_registry: LocalRegistry, cache: Cache
) -> None:
    image = SmallImage.make("amd64")
    item = pulled(token_registry, "library/closed", *token_registry.push("library/closed", image))
    assert fetch([item], cache)[0].receipt.image_id == image_id(image)
    assert token_registry.issuer
    assert token_registry.issuer.asked == [{"service": [SERVICE], "scope": ["repository:library/closed:pull"]}]


@pytest.mark.parametrize("part", ["index", "manifest", "config", "layer"])
def test_registry_content_that_was_exchanged_stops_with_both_digests(
    open_registry: LocalRegistry, cache: Cache, part: str
) -> None:
    image = SmallImage.make("amd64")
    repository = f"tampered/{part}"
    digest = open_registry.push_index(repository, {"amd64": image})
    original = {"index": digest, "manifest": f"sha256:{sha256(image.manifest)}", "config": image_id(image)}
    target = original.get(part, f"sha256:{sha256(image.layers[1])}")
    content = b'{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.list.v2+json"}'
    before = open_registry.content(target)
    open_registry.tamper(target, content)
    try:
        with pytest.raises(ChecksumError) as stopped:
            fetch([pulled(open_registry, repository, digest)], cache)
    finally:
        open_registry.tamper(target, before)
    assert f"sha256:{sha256(content)}" in stopped.value.what
    assert target in stopped.value.what
    assert repository in stopped.value.what
    assert everything_below(cache.root) == set()


def test_registry_layer_that_is_not_what_its_configuration_names_stops(
    open_registry: LocalRegistry, cache: Cache
) -> None:
    image = SmallImage.make("amd64")
    swapped = SmallImage(image.config, (image.layers[1], image.layers[0]))
    (digest,) = open_registry.push("swapped", swapped)
    with pytest.raises(ChecksumError, match=r"tar has sha256:.* instead of sha256:.*"):
        fetch([pulled(open_registry, "swapped", digest)], cache)
    assert everything_below(cache.root) == set()


@pytest.mark.parametrize(
    ("repository", "arch", "reason"),
    [("nobody/knows", "amd64", "404 Not Found"), ("only/amd64", "arm64", "no image for linux/arm64")],
)
def test_registry_that_lacks_the_image_is_named_with_the_reason(
    open_registry: LocalRegistry, cache: Cache, repository: str, arch: str, reason: str
) -> None:
    digest = open_registry.push_index("only/amd64", {"amd64": SmallImage.make("amd64")})
    with pytest.raises(EnvivoError, match=reason):
        fetch([pulled(open_registry, repository, digest, arch)], cache)
    assert everything_below(cache.root) == set()
