"use strict";

// Airflow shows this page in a frame that may open no window: what leads out is opened by the page around it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[target]");
  if (!link || window.parent === window) return;
  event.preventDefault();
  const twin = window.parent.document.createElement("a");
  Object.assign(twin, { href: link.href, target: link.target, rel: "noopener" });
  window.parent.document.body.append(twin);
  twin.click();
  twin.remove();
});

const filters = document.getElementById("filters");
if (filters) {
  const rows = [...document.querySelectorAll("#models tbody tr")];
  const filter = () => {
    const asked = Object.fromEntries([...new FormData(filters)].filter(([, value]) => value));
    const { text = "", ...wanted } = asked;
    const words = text.toLowerCase().split(/\s+/);
    for (const row of rows) {
      row.hidden =
        !words.every((word) => row.dataset.text.includes(word)) ||
        Object.entries(wanted).some(([name, value]) => row.dataset[name] !== value);
    }
    const shown = rows.filter((row) => !row.hidden).length;
    document.getElementById("count").textContent = `${shown} of ${rows.length} models`;
    document.getElementById("nothing").hidden = shown > 0;
    const query = new URLSearchParams(asked).toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname); // to come back to, and to hand on
  };
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = filters.elements.namedItem(name);
    if (field) field.value = value;
  }
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(filter)); // the form is empty a moment later
  if (rows.length) filter();
}

for (const button of document.querySelectorAll("button[data-opens]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}

for (const form of document.querySelectorAll("dialog form")) {
  form.querySelector("[data-closes]").addEventListener("click", () => form.closest("dialog").close());
  form.addEventListener("submit", () => trigger(form)); // method="dialog" closes it
}

async function trigger(form) {
  const conf = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  tell("Asking Airflow …");
  try {
    const answer = await fetch(form.dataset.url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ logical_date: null, conf }),
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) return tell(refusal(answer.status, form.dataset.dag, body.detail), "refused");
    const waits = form.dataset.paused ? " It waits until the DAG is unpaused." : "";
    tell(`${form.dataset.dag} is triggered.${waits} `, "passed", form.dataset.run + encodeURIComponent(body.dag_run_id));
  } catch {
    tell("Airflow does not answer. Nothing was triggered, as far as can be seen here.", "refused");
  }
}

function refusal(status, dag, detail) {
  const several = Array.isArray(detail) && detail.map((one) => one.msg).join("; ");
  const told = several || (detail?.reason ?? detail ?? "");
  const words = {
    401: "you are no longer signed in. Open Airflow anew and sign in.",
    403: `you may not trigger ${dag}. Ask the model's owner, or whoever grants rights in Airflow.`,
    404: `there is no DAG ${dag} any more. Has the model's file a mistake? Load this page again.`,
    409: `such a run exists already: ${told}`,
  };
  return `Airflow refuses: ${words[status] ?? `${told || "without a reason"} (${status})`} Nothing was triggered.`;
}

function tell(words, tone = "", run = "") {
  const outcome = document.getElementById("outcome");
  outcome.className = tone && `notice ${tone}`;
  outcome.textContent = words;
  outcome.hidden = false;
  if (run) outcome.append(Object.assign(document.createElement("a"), { href: run, target: "_blank", textContent: "See the run" }));
}
