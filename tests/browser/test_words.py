"""Everything a viewer reads exists in every language of the page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .viewer import Viewer


@pytest.mark.parametrize(
    ("locale", "language", "badge", "control"),
    [
        ("en-GB", "en", "Live", "Full screen"),
        ("es-MX", "es", "En directo", "Pantalla completa"),
        ("fr-FR", "en", "Live", "Full screen"),
    ],
)
def test_page_speaks_the_language_of_the_browser(
    open_viewer: Callable[..., Viewer], locale: str, language: str, badge: str, control: str
) -> None:
    viewer = open_viewer(locale=locale)
    viewer.open("player.html")
    viewer.wait_for_state("live")
    expect(viewer.status).to_contain_text(badge)
    expect(viewer.page.get_by_role("button", name=control)).to_be_visible()
    assert viewer.page.evaluate("() => document.documentElement.lang") == language


def test_languages_have_the_same_messages_with_the_same_parameters(modules: Page) -> None:
    shapes = modules.evaluate(
        """async () => {
          const {MESSAGES} = await import('/web/messages.js');
          const parameters = text => [...text.matchAll(/\\{\\w+\\}/g)].map(String).sort();
          const shape = messages => Object.entries(messages).map(([key, text]) => [key, parameters(text)]).sort();
          return Object.fromEntries(Object.entries(MESSAGES).map(([name, messages]) => [name, shape(messages)]));
        }"""
    )
    assert set(shapes) == {"en", "es"}
    assert shapes["en"] == shapes["es"]


def test_every_reason_has_a_message(modules: Page) -> None:
    missing = modules.evaluate(
        """async () => {
          const [{MESSAGES}, {REASONS}] = await Promise.all([import('/web/messages.js'), import('/web/outcomes.js')]);
          return REASONS.filter(reason => !(`reason.${reason}` in MESSAGES.en));
        }"""
    )
    assert missing == []
