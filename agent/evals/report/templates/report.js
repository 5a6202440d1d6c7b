"use strict";
// Without scripts the page is whole; with them the list of questions can be narrowed.
const filters = document.querySelector(".filters");
if (filters) {
  const value = (id) => document.getElementById(id).value;
  const items = [...document.querySelectorAll(".samples > li")].map((item) => ({
    item,
    text: (item.querySelector("summary") || item).textContent.toLowerCase(),
    outcomes: item.dataset.outcomes.split(","),
    stages: item.dataset.stages.split(","),
  }));
  const narrow = () => {
    const [find, run, outcome, stage] = [value("find").toLowerCase().trim(), value("run"), value("outcome"), value("stage")];
    const among = (all) => (run === "" ? all : [all[Number(run)]]);
    let seen = 0;
    for (const each of items) {
      const asked = each.outcomes.filter(Boolean);
      const fits =
        each.text.includes(find) &&
        (run === "" || each.outcomes[Number(run)] !== "") &&
        (stage === "" || among(each.stages).includes(stage)) &&
        (outcome === "" || (outcome === "differ" ? new Set(asked).size > 1 : among(each.outcomes).includes(outcome)));
      each.item.hidden = !fits;
      seen += fits;
    }
    document.getElementById("count").textContent = `${seen.toLocaleString("en")} of ${items.length.toLocaleString("en")}`;
  };
  filters.hidden = false;
  filters.addEventListener("input", narrow);
  narrow();
}
// A link to a question opens it.
const open = () => {
  const target = location.hash.startsWith("#sample-") && document.getElementById(location.hash.slice(1));
  const details = target && target.querySelector("details");
  if (details) details.open = true;
};
addEventListener("hashchange", open);
open();
