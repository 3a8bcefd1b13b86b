// Sort a table by the column whose heading was pressed; what is blank stays last, equal rows stay in their order.
for (const table of document.querySelectorAll("table.board")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => heading.querySelector("button").addEventListener("click", () => {
    const before = heading.getAttribute("aria-sort");
    const numbers = table.querySelector(`tbody td:nth-child(${column + 1})[data-value]`) !== null;
    const firstDown = numbers && !heading.classList.contains("rank");
    const down = before ? before === "ascending" : firstDown;
    headings.forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => {
      const [one, other] = [a.cells[column], b.cells[column]];
      const blanks = Number(one.textContent === "") - Number(other.textContent === "");
      if (blanks !== 0) return blanks;
      const order = numbers ? one.dataset.value - other.dataset.value : one.textContent.localeCompare(other.textContent);
      return down ? -order : order;
    });
    table.tBodies[0].append(...rows);
  }));
}
