"""The page of one drift measurement, made to be looked at rather than read."""

from toile.contract import Verdict
from toile.drift.plots import CURRENT, REFERENCE, draw_histogram, draw_psi
from toile.drift.report import DriftReport, FeatureDrift
from toile.pages import Html, badge, escape, join, render_frame, section, swatch, table

MAX_FEATURES = 60


def render_page(report: DriftReport, title: str) -> str:
    """A page that needs no other file: verdict, PSI of every feature, shares before and now, categories."""
    return render_frame(
        title,
        report.verdict,
        join([_psi(report), _histograms(report), _categories(report)]),
        overline="Toile drift report",
        summary=_summary(report),
        facts={
            "Current rows": f"{report.rows:,}",
            "Reference rows": f"{report.reference_rows:,}",
            "Features": f"{len(report.features):,}",
            "Drifted": f"{len(report.drifted):,} ({report.drift_share:.0%})",
            "Highest PSI": f"{report.max_psi:.3f}",
            "Limits": f"PSI {report.psi_limit:g}, {report.share_limit:.0%} of features",
        },
        footer=(
            "PSI is the sum over bins of (share now - share before) x ln(share now / share before), over all rows. "
            "Numbers are binned at the deciles of the reference window; null is a bin of its own. Evidently's page "
            "draws a sample and bins it in its own way, so that its PSI differs; this page decides."
        ),
    )


def _summary(report: DriftReport) -> Html:
    count = len(report.drifted)
    if report.verdict is Verdict.PASSED:
        moved = f"{count} of {len(report.features)} features drifted: {', '.join(report.drifted[:8])}."
        lines = [moved if count else "No feature drifted."]
    else:
        lines = report.reasons
    return Html("<br>".join(escape(line) for line in [*lines, *report.notes]))


def _psi(report: DriftReport) -> Html:
    shown = report.features[:MAX_FEATURES]
    more = f" The {len(report.features) - len(shown)} that moved least are not drawn." * (
        len(report.features) > len(shown)
    )
    return section(
        "How far each feature moved",
        draw_psi(shown, report.psi_limit),
        "The population stability index of each feature. A short upright tick marks what chance alone gives on average "
        f"with this many rows.{more}",
    )


def _histograms(report: DriftReport) -> Html:
    cards = "".join(_card(feature) for feature in report.features[:MAX_FEATURES])
    lead = join([swatch(REFERENCE), "reference window", Html("&emsp;"), swatch(CURRENT), "now. Hover for shares."])
    return section("Before and now", Html(f'<div class="cards">{cards}</div>'), lead)


def _card(feature: FeatureDrift) -> Html:
    mark = badge("drifted", "warned") if feature.drifted else ""
    caption = [feature.bins[0].name, feature.bins[-1].name]
    if feature.null_share_before or feature.null_share:
        caption = [f"null: {feature.null_share_before:.1%} before", f"{feature.null_share:.1%} now"]
    ends = "".join(f"<span>{escape(words)}</span>" for words in caption)
    name = join([feature.name, " ", mark])
    return Html(f"<figure><h3>{name}</h3>{draw_histogram(feature)}<figcaption>{ends}</figcaption></figure>")


def _categories(report: DriftReport) -> Html:
    rows = [
        [feature.name, kind, join([_shares(categories)])]
        for feature in report.features
        for kind, categories in (("new", feature.new_categories), ("missing", feature.missing_categories))
        if categories
    ]
    if not rows:
        return Html("")
    return section(
        "New and missing categories",
        table(["Feature", "", "Categories, with their share of rows"], rows),
        "New ones with their share of rows now, missing ones with their share in the reference window.",
    )


def _shares(categories: dict[str, float]) -> str:
    return ", ".join(f"{name} ({share:.2%})" for name, share in categories.items())
