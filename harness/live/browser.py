"""Show a page in the person's browser."""

import os
import webbrowser

__all__ = ["open_page"]


def open_page(url: str) -> bool:
    """Open the page, and return whether there is a browser for it.

    One that would take over this terminal counts as none, unless the person asked for it (BROWSER).
    """
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    in_terminal = type(browser) is webbrowser.GenericBrowser and "BROWSER" not in os.environ
    return not in_terminal and browser.open(url)
