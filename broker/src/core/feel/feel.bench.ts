// Speed of FEEL in evaluations per second, one JSON line each. Run: node broker/src/core/feel/feel.bench.ts
import {
  compileExpression,
  compileMappings,
  type Expression,
  evaluate,
  evaluateMappings,
} from './index.ts';

const items = Array.from({ length: 5000 }, (_, id) => ({
  id,
  name: `item ${id}`,
  price: id / 100,
}));
const variables = new Map<string, string>(
  Object.entries({
    amount: 150,
    price: 12.5,
    order: { id: 'o-17', items: [{ price: 1 }, { price: 2.5 }], lines: items },
    numbers: [1, 2, 3],
  }).map(([name, value]) => [name, JSON.stringify(value)]),
);
const environment = { variable: (name: string) => variables.get(name), nowMs: 0 };

function compile(source: string): Expression {
  const result = compileExpression(source);
  if (!result.ok) throw new Error(result.message);
  return result.expression;
}

function measure(name: string, run: () => unknown): void {
  const until = (ms: number): number => {
    let count = 0;
    const start = performance.now();
    while (performance.now() - start < ms) for (let i = 0; i < 16; i++, count++) run();
    return count / ((performance.now() - start) / 1000);
  };
  until(200);
  process.stdout.write(`${JSON.stringify({ name, perSecond: Math.round(until(800)) })}\n`);
}

for (const source of [
  '=amount > 100',
  '=amount > 100 and amount < 200',
  '=order.id = "o-17"',
  '=price * 3 + 0.1',
  '=order.items[2].price',
  '="order " + order.id',
  '=sum(numbers)',
  '=for n in numbers return n * 2',
  '=count(order.lines[price > 25])',
]) {
  const expression = compile(source);
  measure(source, () => evaluate(expression, environment));
}
const copies = compileMappings('input', [
  { source: compile('=amount'), target: 'total' },
  { source: compile('=order.id'), target: 'orderId' },
]);
measure('mappings of two paths', () => evaluateMappings(copies, environment));
const nested = compileMappings('output', [
  { source: compile('=amount + 1'), target: 'order.total' },
]);
measure('nested output mapping', () => evaluateMappings(nested, environment));
measure('compile =amount > 100', () => compile('=amount > 100'));
