// Shows the kernel's HTML and tells it which part was clicked, or chosen with Enter or the space bar.

function render({ model, el }) {
  el.classList.add("cw-picks");
  const mark = () => {
    for (const part of el.querySelectorAll("[data-pick]")) {
      part.classList.toggle("cw-picked", part.dataset.pick === model.get("picked"));
    }
  };
  const draw = () => {
    el.innerHTML = model.get("html");
    mark();
  };
  const pick = (event) => {
    const part = event.target.closest("[data-pick]");
    if (part) model.send({ kind: "pick", what: part.dataset.pick });
  };
  // JupyterLab's own keys are single letters: none of them may act while the focus is in here.
  el.setAttribute("data-lm-suppress-shortcuts", "true");
  el.addEventListener("click", pick);
  model.on("change:html", draw);
  model.on("change:picked", mark);
  draw();
  return () => {
    model.off("change:html", draw);
    model.off("change:picked", mark);
    el.removeEventListener("click", pick);
  };
}

export default { render };
