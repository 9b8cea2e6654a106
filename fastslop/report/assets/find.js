// Finding a model: "/" leads to the box, Enter to the model that is marked in the list, and again to the next.

const finder = { found: [], at: 0 };

function wantedName() {
  return byId("find").value.trim().toLocaleLowerCase();
}

const isFound = i => nameOf(i).toLocaleLowerCase().includes(wantedName());

/** Those that begin with what is sought come first. */
function findModels() {
  const wanted = wantedName();
  const begins = i => nameOf(i).toLocaleLowerCase().startsWith(wanted);
  finder.found = wanted === "" ? [] : models.map((_, i) => i).filter(isFound).sort((a, b) => begins(b) - begins(a) || nameOf(a).localeCompare(nameOf(b), "en"));
  finder.at = 0;
}

function showFound() {
  const { found, at } = finder;
  const open = found.length > 0 && document.activeElement === byId("find");
  const from = Math.max(0, Math.min(at - 3, found.length - 8));
  const list = byId("find-list");
  list.hidden = !open;
  byId("find").setAttribute("aria-expanded", open);
  fill(list, ...found.slice(from, from + 8).map((i, k) => make("li", {
    role: "option", id: `found-${i}`, "aria-selected": from + k === at, onpointerdown: event => { event.preventDefault(); finder.at = from + k; showOneFound(); closeList(); },
  }, make("span", {}, isolated(shortName(i)), ownMark(i)), make("small", {}, tree ? isolated(`nearest: ${nearestAsText(i)}, ${verdictOf(i)}`) : null))));
  if (open) byId("find").setAttribute("aria-activedescendant", `found-${found[at]}`);
  else byId("find").removeAttribute("aria-activedescendant");
  byId("found").textContent = wantedName() === "" ? "" : found.length ? `${integer(at + 1)} of ${integer(found.length)}` : "none";
  byId("find-next").hidden = found.length < 2;
  dimOthers();
}

const closeList = () => { byId("find-list").hidden = true; byId("find").setAttribute("aria-expanded", false); };

/** Lead to the model: in a picture to its place there, else to what is known of it. */
function showOneFound() {
  const i = finder.found[finder.at];
  if (i === undefined) return;
  const change = { first: i, second: null, family: isShown(i) ? state.family : null };
  if (!["tree", "map", "distances", "scores"].includes(state.view)) change.view = "model";
  go(change);
  showFound();
  if (state.view === "distances") {
    scrollToCell([tree.rows[i], tree.rows[i]], true);
    return;
  }
  const place = document.querySelector(`#${state.view} [data-leaf="${i}"]`);
  if (place) place.scrollIntoView({ block: "center", inline: "center" });
}

/** Dim in the pictures what is not sought. */
function dimOthers() {
  const wanted = wantedName();
  for (const group of document.querySelectorAll("#content section:not([hidden]) [data-leaf]")) group.classList.toggle("dim", wanted !== "" && !isFound(Number(group.dataset.leaf)));
}

function step(by) {
  if (!finder.found.length) return;
  finder.at = (finder.at + by + finder.found.length) % finder.found.length;
  showFound();
}

function listenToFind() {
  const input = byId("find");
  let isShownAlready = false; // whether Enter has led to the model that is marked: then it leads to the next
  input.addEventListener("input", () => { isShownAlready = false; findModels(); showFound(); });
  input.addEventListener("focus", showFound);
  input.addEventListener("blur", closeList);
  input.addEventListener("keydown", event => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { isShownAlready = false; step(event.key === "ArrowDown" ? 1 : -1); }
    else if (event.key === "Enter") {
      if (isShownAlready) step(event.shiftKey ? -1 : 1);
      isShownAlready = true;
      showOneFound();
      closeList();
    } else if (event.key === "Escape") { input.value = ""; findModels(); showFound(); input.blur(); }
    else return;
    event.preventDefault();
  });
  byId("find-next").addEventListener("click", () => { step(1); showOneFound(); });
  addEventListener("keydown", event => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}
