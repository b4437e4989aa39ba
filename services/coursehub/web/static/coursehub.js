// What pages do beyond HTML: plots, dialogs, dismissals, an early search. Every page works without it.
(() => {
  const drawn = new Map();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const numbers = (rows, column) =>
    rows.map((row) => {
      const value = row.cells[column].dataset.value;
      return value === "" ? null : Number(value);
    });

  const series = (table, kind) => {
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells].slice(1);
    return heads.map((head, index) => {
      const ink = colour(`--plot-${(index % 4) + 1}`);
      return {
        label: head.textContent,
        data: numbers(rows, index + 1),
        backgroundColor: ink,
        borderColor: ink,
        borderWidth: kind === "line" ? 2 : 0,
        pointRadius: rows.length > 40 ? 0 : 3,
        borderDash: kind === "line" && index > 0 ? [6, 3] : [],
        tension: 0.2,
      };
    });
  };

  const axis = (grid) => ({
    ticks: { color: colour("--bs-secondary-color"), maxRotation: 0, autoSkipPadding: 12 },
    grid: { display: grid, color: colour("--bs-border-color") },
    border: { color: colour("--bs-border-color") },
    beginAtZero: true,
  });

  const draw = (figure) => {
    const table = figure.querySelector("table");
    const kind = figure.dataset.plot;
    const datasets = series(table, kind);
    drawn.get(figure)?.destroy();
    const chart = new window.Chart(figure.querySelector("canvas"), {
      type: kind,
      data: { labels: [...table.tBodies[0].rows].map((row) => row.cells[0].textContent), datasets },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: { x: axis(false), y: axis(true) },
        plugins: {
          legend: {
            display: datasets.length > 1,
            labels: { color: colour("--bs-body-color"), boxWidth: 14 },
          },
        },
      },
    });
    drawn.set(figure, chart);
  };

  const drawAll = (root) => {
    if (!window.Chart) return;
    for (const figure of root.querySelectorAll("[data-plot]")) {
      if (!drawn.has(figure)) figure.querySelector("details").open = false;
      draw(figure);
    }
    for (const figure of drawn.keys()) {
      if (!figure.isConnected) {
        drawn.get(figure).destroy();
        drawn.delete(figure);
      }
    }
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.opens).showModal();
    }
    event.target.closest("[data-closes]")?.closest("dialog").close();
    event.target.closest("[data-dismiss]")?.closest(".message").remove();
  });

  // Whoever types before the scripts are here is answered when they are.
  const searchWhatStands = (root) => {
    for (const field of root.querySelectorAll("input[type=search][hx-trigger]")) {
      if (field.value !== field.defaultValue) window.htmx.trigger(field, "search");
    }
  };

  document.addEventListener("htmx:load", (event) => searchWhatStands(event.target));
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
  window
    .matchMedia("(prefers-color-scheme: dark)")
    .addEventListener("change", () => drawAll(document));

  drawAll(document);
  document.querySelector("form[data-submits]")?.submit();
  document.querySelector("[data-focus]")?.focus();
})();
