(function () {
  "use strict";
  var root = document.documentElement, said = document.getElementById("said");
  // A click on a heading sorts; without this script the tables stay in their order and lose nothing.
  function value(row, i) {
    var cell = row.children[i], v = cell ? cell.getAttribute("data-v") : "";
    return v === null ? cell.textContent.trim() : v;
  }
  function sort(table, i, head) {
    var down = head.getAttribute("aria-sort") === "ascending";
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
    var numeric = rows.every(function (r) { var v = value(r, i); return v === "" || v === "—" || !isNaN(Number(v)); });
    rows.sort(function (a, b) {
      var x = value(a, i), y = value(b, i);
      var order = numeric ? (Number(x) || 0) - (Number(y) || 0) : x.localeCompare(y, root.lang);
      return down ? -order : order;
    });
    rows.forEach(function (r) { body.appendChild(r); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (c) { c.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    said.textContent = said.getAttribute(down ? "data-down" : "data-up").replace("%", head.textContent);
  }
  Array.prototype.forEach.call(document.querySelectorAll("table[data-sort]"), function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, i) {
      var button = document.createElement("button");
      button.type = "button";
      button.title = said.getAttribute("data-hint");
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener("click", function () { sort(table, i, head); });
    });
  });
  // Appearance: as the device says, light, dark. A file that is opened from disk may not be allowed to remember it.
  var look = document.getElementById("look"), modes = ["auto", "light", "dark"], mode = "auto";
  function recall() { try { return localStorage.getItem("yibao-look") || "auto"; } catch (e) { return "auto"; } }
  function show(next) {
    mode = next;
    if (mode === "auto") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", mode);
    look.textContent = look.getAttribute("data-" + mode);
    try { localStorage.setItem("yibao-look", mode); } catch (e) { return; }
  }
  look.hidden = false;
  look.addEventListener("click", function () { show(modes[(modes.indexOf(mode) + 1) % 3]); });
  show(modes.indexOf(recall()) < 0 ? "auto" : recall());
})();
