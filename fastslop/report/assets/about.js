// What the page was made from: what was read, skipped and guarded against, and the settings.

function showRead() {
  const read = data.read || {};
  const parts = [];
  const list = items => make("ul", {}, ...items.map(item => make("li", {}, isolated(shown(item)))));
  if (data.notes.length) parts.push(make("h3", {}, "To know before you read"), list(data.notes));
  const skipped = Object.entries(read.skipped || {});
  if (read.skipped) {
    const places = read.skipped_first || {};
    parts.push(make("h3", {}, "Skipped"), skipped.length
      ? list(skipped.map(([reason, n]) => `${integer(n)}: ${reason}${places[reason] ? ` (${places[reason].join(", ")}${n > places[reason].length ? ", …" : ""})` : ""}`))
      : make("p", {}, "Nothing: every record was read."));
  }
  parts.push(make("h3", {}, "Guarded against"));
  if (read.guarded) parts.push(list(suspects(read)));
  parts.push(make("p", {}, guarded()));
  fill(byId("read"), ...parts);
  if ((read.inputs || []).length) {
    const place = make("div");
    byId("read").append(place);
    makeTable(place, [
      { key: "name", title: "Input", kind: "text" },
      { key: "n_bytes", title: "Bytes", kind: "number", help: "As stored" },
      { key: "digest", title: "Digest", kind: "text", cell: row => make("code", {}, row.digest || ""), help: "Of its content" },
    ], { caption: "Inputs", name: () => "inputs", shown: 5 })(read.inputs);
  }
  const settings = Object.entries({ ...(read.versions || {}), ...(read.parameters || {}) }).filter(([, value]) => value !== null);
  if (settings.length) {
    const place = make("div");
    byId("read").append(place);
    const rows = settings.map(([name, value]) => ({ name, value: typeof value === "object" ? JSON.stringify(value) : String(value) }));
    rows.forEach(row => { if (row.value.length > 400) row.value = `${row.value.slice(0, 400)}…`; });
    makeTable(place, [{ key: "name", title: "Setting", kind: "text" }, { key: "value", title: "Value", kind: "text" }], { caption: "Versions and settings", name: () => "settings" })(rows);
  }
}

/** What each rule found: how many generations, of which models, and what became of them. */
function suspects(read) {
  const isAside = String(read.guards).startsWith("set-aside");
  const said = {
    looping: `looping: more than half of the text repeats what it has said before; ${isAside ? "set aside" : "counted all the same"}`,
    refused: `refused: a short text that opens as refusals do; ${isAside ? "set aside" : "counted all the same"}`,
    truncated: "truncated: the text ends in the middle of a sentence; counted all the same",
    duplicate: "duplicate: a copy of another generation of the model; counted all the same",
  };
  return Object.entries(said).map(([name, what]) => {
    const found = Object.entries(read.guarded).map(([label, counts]) => [counts[name] || 0, label]).filter(([n]) => n).sort((a, b) => b[0] - a[0]);
    const total = found.reduce((sum, [n]) => sum + n, 0);
    return `${integer(total)} ${what}${total ? ` (${found.slice(0, 8).map(([n, label]) => `${label} ${integer(n)}`).join(", ")}${found.length > 8 ? `, and ${integer(found.length - 8)} more models` : ""})` : ""}`;
  });
}

/** Features that owe half of their count or more to one prompt: loops, mostly. */
function guarded() {
  const found = [];
  data.profiles.forEach((profile, i) => Object.values(profile).forEach(columns => columns.feature.forEach((feature, k) => {
    if (columns.n_winsorised && columns.n_winsorised[k] * 2 <= columns.n[k]) found.push([columns.n[k] - columns.n_winsorised[k], i, feature]);
  })));
  const rule = "A prompt with more occurrences of a feature than any other counts like the one with the second most, so that no text that repeats itself can rule.";
  if (!found.length) return `${rule} Of the features shown, none owes half of its count to one prompt.`;
  const [, i, feature] = found.sort((a, b) => b[0] - a[0])[0];
  return `${rule} Of the features shown, ${integer(found.length)} owe half of their count or more to one prompt, most of all “${shown(feature)}” of ${nameOf(i)}; their guarded counts are far below their counts.`;
}
