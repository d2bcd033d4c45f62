// Static dates of user tasks: an ISO date and time with an offset, and a zone in brackets if wanted.

const FORM =
  /^(\d{4,9})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-](\d\d)(?::?(\d\d)(?::?(\d\d))?)?)(?:\[[A-Za-z0-9_/+~.-]+\])?$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether a text is a date and time with offset that exists in the calendar (2023-03-02T15:35+02:00). */
export function isZonedDateTime(text: string): boolean {
  const parts = FORM.exec(text);
  if (parts === null) return false;
  const part = (at: number) => Number(parts[at] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = (DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
  return (
    day >= 1 &&
    day <= days &&
    part(4) <= 23 &&
    part(5) <= 59 &&
    part(6) <= 59 &&
    part(7) <= 18 &&
    part(8) <= 59 &&
    part(9) <= 59
  );
}
