/* Preselect the browser's time zone if the reader has not chosen one:
   <select name="zone" data-own-zone>…<option value="Europe/Oslo">…</select> */
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const select of document.querySelectorAll("[data-own-zone]")) {
  if (!browserZone?.includes("/") || select.selectedIndex !== 0) continue;
  const listed = [...select.options].find((each) => each.value === browserZone);
  const option = listed ?? select.appendChild(new Option(browserZone.replaceAll("_", " "), browserZone)); // the browser may use another name than the list
  option.selected = true;
}
