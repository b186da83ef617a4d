import { comparisons, type Expression, operations } from '../../isa/arithmetic';
import { i64, op, type WasmCode } from './wasm-code';

/** A name in an expression. */
export type Operand = Expression & string;

/** Leaves an i64; a condition, too. */
export function writeExpression(code: WasmCode, expression: Expression, writeOperand: (name: Operand) => void): void {
  if (typeof expression === 'bigint') {
    code.i64Const(expression);
  } else if (typeof expression === 'string') {
    writeOperand(expression);
  } else if (expression[0] === 'if') {
    const [, condition, then, otherwise] = expression;
    writeCondition(code, condition, writeOperand);
    code.open(op.if, 'if', i64);
    writeExpression(code, then, writeOperand);
    code.op(op.else);
    writeExpression(code, otherwise, writeOperand);
    code.close();
  } else if (isComparison(expression)) {
    writeCondition(code, expression, writeOperand);
    code.op(op.i64ExtendI32U);
  } else {
    const [operation, ...operands] = expression;
    for (const operand of operands) writeExpression(code, operand, writeOperand);
    code.op(operations[operation as keyof typeof operations]);
  }
}

/** Leaves an i32. */
function writeCondition(code: WasmCode, condition: Expression, writeOperand: (name: Operand) => void): void {
  if (!isComparison(condition)) throw new Error('The condition of an `if` is a comparison.');
  const [comparison, x, y] = condition;
  writeExpression(code, x, writeOperand);
  writeExpression(code, y, writeOperand);
  code.op(comparisons[comparison]);
}

function isComparison(
  expression: Expression,
): expression is readonly [operation: keyof typeof comparisons, x: Expression, y: Expression] {
  return Array.isArray(expression) && expression[0] in comparisons;
}
