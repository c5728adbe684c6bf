"""Generated documents: what holds for every one of them. The long form is `python -m bench.survival.fuzz full`."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench.survival.documents import documents, pages
from bench.survival.mutations import mutated
from bench.survival.properties import check

QUICK = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # to make a failing batch smaller takes minutes
    suppress_health_check=list(HealthCheck),
)


@settings(QUICK, max_examples=25)
@given(st.lists(documents(), min_size=16, max_size=16))
def test_any_batch_of_documents_keeps_every_promise(batch):
    check(batch)


@settings(QUICK, max_examples=10)
@given(st.lists(st.tuples(pages(), st.randoms(use_true_random=False)), min_size=10, max_size=10))
def test_pages_broken_at_random_keep_every_promise(pairs):
    check([("html", mutated(page, random)) for page, random in pairs])
