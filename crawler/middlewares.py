"""What the archive needs to know of an answer before Scrapy changes it."""

from scrapy import Request
from scrapy.http import Response


class KeepContentEncoding:
    """Copies Content-Encoding to the name web archives use, before Scrapy unpacks the body and drops it."""

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002 (Scrapy's form)
        if encodings := response.headers.getlist("Content-Encoding"):
            response.headers.setlist("X-Archive-Orig-Content-Encoding", encodings)
        return response
