// Chooses the time zone of this device, where nobody has chosen one yet.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
for (const select of document.querySelectorAll("select[data-guess-time-zone]")) {
  const isKnown = [...select.options].some((option) => option.value === timeZone);
  if (isKnown && select.value === "UTC") select.value = timeZone;
}
