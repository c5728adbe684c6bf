"""What is known of a page that became no record. Imports no extractor: the process that writes needs none."""

import hashlib
import uuid
from typing import Any


def identity(page: dict[str, Any]) -> dict[str, Any]:
    """The columns `id` and `content_digest` of a page: the row's own id, or one made of where and what it is."""
    content = page["html"] or (page["text"] or "").encode("utf-8", "surrogatepass")
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}" if content else None
    return {"id": page["id"] or page_id(page, digest), "content_digest": digest}


def page_id(page: dict[str, Any], digest: str | None) -> str:
    """The id of a page that brought none."""
    name = f"{page['url'] or page['file_path'] or ''}\n{page['offset'] or 0}\n{digest or ''}"
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"


def reject(page: dict[str, Any], stage: str, reason: str, detail: str) -> dict[str, Any]:
    """A row of REJECTS. `reason`: one of schema.REASONS."""
    return {
        "url": page["url"],
        "file_path": page["file_path"],
        "offset": page["offset"],
        "stage": stage,
        "reason": reason,
        "detail": detail or None,
    } | identity(page)
