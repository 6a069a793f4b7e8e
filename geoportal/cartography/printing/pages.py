"""HTML of our own templates as WeasyPrint reads it: from files only, with fonts that are decompressed once.

WeasyPrint would decompress the fonts anew for each document, which took four fifths of a sheet's time. Import this
where a document is made: it brings WeasyPrint with it.
"""

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

from geoportal.cartography.printing.fonts import true_type


class OwnFiles(URLFetcher):
    """Fetches files and nothing else; a web font (WOFF2) is returned as TrueType."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"file"})

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The response of an address. Raises ValueError where it is not that of a file."""
        parts = urlsplit(url)
        if parts.scheme == "file" and parts.path.endswith(".woff2"):
            return URLFetcherResponse(url, true_type(Path(url2pathname(parts.path))))
        return super().fetch(url, headers)


def page_document(text: str, address: str | None = None) -> HTML:
    """A document of HTML. Its links are made whole with `address`; nothing is read but the fonts it names."""
    return HTML(string=text, base_url=address, url_fetcher=OwnFiles())
