"""WARC to Parquet with datatrove, by the defaults of its steps. Runs in the environment of peers.

python pipeline_datatrove.py WARC OUT LANGUAGE     LANGUAGE: ft176, its default; py3langid; none
python pipeline_datatrove.py model                 fetch the default language model; exit 0 if it is there
"""

import sys
from pathlib import Path

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import LanguageFilter
from datatrove.pipeline.readers import WarcReader
from datatrove.pipeline.writers import ParquetWriter
from datatrove.utils.lid import FT176LID, LID


class Py3LangId(LID):
    """In place of fastText's model, where that cannot be fetched."""

    def __init__(self) -> None:
        super().__init__()
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        self.identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def predict(self, doc: Document) -> tuple[tuple[str, float], dict[str, float]]:
        language, share = self.identifier.classify(doc.text)
        return (language, float(share)), {language: float(share)}


def main(warc: Path, out: Path, language: str) -> None:
    filters = [] if language == "none" else [LanguageFilter()]
    if language == "py3langid":
        filters[0].model = Py3LangId()
    LocalPipelineExecutor(
        pipeline=[
            WarcReader(str(warc.parent), glob_pattern=warc.name),
            Trafilatura(timeout=60),  # seconds; its default drops pages on a busy machine
            *filters,
            ParquetWriter(str(out)),
        ],
        tasks=1,
        workers=1,
        logging_dir=str(out.with_name(f"{out.name}-logs")),
    ).run()


if __name__ == "__main__":
    if sys.argv[1] == "model":
        assert FT176LID().model
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
