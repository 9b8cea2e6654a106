// Tables that can be sorted, filtered and downloaded.

const ROWS_SHOWN = 25;

/**
 * Put a table into `place` and return a function that gives it other rows.
 *
 * A column is {key, title, kind: "text" | "number", format, help, cell, hidden}; `cell` makes an element of a row,
 * `format` a text of a value; a hidden one is filtered by and downloaded, and shown by another's cell; `sortBy` names the
 * value by which a column is sorted, if not its own. Options: name (of the file), caption, sort: [key, descending],
 * chosen(row), short (no filter), bare (nor a download), all (show all rows), shown (how many at first).
 */
function makeTable(place, columns, options) {
  const drawnColumns = columns.filter(column => !column.hidden);
  let rows = [];
  let sort = options.sort || null;
  let needle = "";
  let all = Boolean(options.all);

  const filter = make("input", { type: "search", placeholder: "filter rows", "aria-label": `Filter: ${options.caption}`, autocomplete: "off", spellcheck: "false" });
  const count = make("span", { class: "muted", role: "status" });
  const csv = make("button", { type: "button", class: "csv", "aria-label": `Download as CSV: ${options.caption}` }, "CSV");
  const more = make("button", { type: "button", class: "more" });
  const heads = drawnColumns.map(column => {
    const button = make("button", { type: "button", title: column.help }, column.title);
    button.addEventListener("click", () => sortBy(column));
    return make("th", { scope: "col", class: column.kind === "number" ? null : "text" }, button);
  });
  const body = make("tbody");
  const table = make("table", {}, make("caption", {}, make("span", {}, options.caption)), make("thead", {}, make("tr", {}, ...heads)), body);
  fill(place, options.bare ? null : make("div", { class: "tablebar" }, ...(options.short ? [] : [filter, count]), make("span", { class: "grow" }), csv), make("div", { class: drawnColumns.length > 4 ? "scroll wide" : "scroll" }, table), more);

  function sortBy(column) {
    const descends = column.kind === "number";
    sort = sort && sort[0] === column.key ? [column.key, !sort[1]] : [column.key, descends];
    render();
  }

  function visible() {
    const wanted = needle.toLocaleLowerCase();
    const texts = columns.filter(column => column.kind !== "number").map(column => column.key);
    const kept = wanted ? rows.filter(row => texts.some(key => shown(row[key] ?? "").toLocaleLowerCase().includes(wanted))) : rows.slice();
    if (!sort) return kept;
    const [key, descending] = sort;
    const by = columns.find(column => column.key === key)?.sortBy || key;
    return kept.sort((a, b) => compare(a[by], b[by], descending));
  }

  function render() {
    const kept = visible();
    const drawn = all ? kept : kept.slice(0, options.shown || ROWS_SHOWN);
    heads.forEach((head, k) => {
      if (sort && sort[0] === drawnColumns[k].key) head.setAttribute("aria-sort", sort[1] ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    fill(body, ...drawn.map(makeRow));
    count.textContent = kept.length === rows.length ? plural(rows.length, "row") : `${integer(kept.length)} of ${plural(rows.length, "row")}`;
    more.hidden = drawn.length === kept.length;
    more.textContent = `Show all ${integer(kept.length)}`;
  }

  function makeRow(row) {
    const cells = drawnColumns.map(column => {
      const value = row[column.key];
      const content = column.cell ? column.cell(row) : column.kind === "number" ? (column.format || integer)(value) : isolated(shown(value ?? ""));
      return make("td", { class: column.kind === "number" ? null : "text", "data-title": column.title }, content);
    });
    return make("tr", { class: options.chosen && options.chosen(row) ? "chosen" : null }, ...cells);
  }

  filter.addEventListener("input", () => { needle = filter.value; render(); });
  more.addEventListener("click", () => { all = true; render(); });
  csv.addEventListener("click", () => downloadCsv(options.name(), columns.map(column => column.key), visible().map(row => columns.map(column => row[column.key]))));

  return newRows => {
    rows = newRows;
    render();
  };
}

/** What is missing stands last, in both directions. */
function compare(a, b, descending) {
  const [noA, noB] = [a === null || a === undefined, b === null || b === undefined];
  if (noA || noB) return noA - noB;
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en");
  return descending ? -order : order;
}

/** A name for a file, of labels and words. */
const fileName = (...parts) => parts.join("_").replace(/[^\w.-]+/g, "_");
