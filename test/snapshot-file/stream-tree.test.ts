import assert from 'node:assert/strict';
import { searchTree } from '../../debug-adapter/snapshot-file/search';
import {
  nodeAt,
  pathOfByte,
  streamTree,
  type TreeNode,
  type TreePath,
} from '../../debug-adapter/snapshot-file/stream-tree';
import { type Capture, captured } from '../stream/captured';
import { surveyOf } from '../stream/in-memory';

function* nodesOf(node: TreeNode, path: TreePath = []): Generator<[TreePath, TreeNode]> {
  yield [path, node];
  for (let index = 0; index < node.childCount; index++) yield* nodesOf(node.child(index), [...path, index]);
}

/** A big-endian integer of that many bytes. */
function integerAt(bytes: Uint8Array, offset: number, byteCount: number, isSigned: boolean): bigint {
  const digits = Buffer.from(bytes.subarray(offset, offset + byteCount)).toString('hex');
  return isSigned ? BigInt.asIntN(8 * byteCount, BigInt(`0x${digits}`)) : BigInt(`0x${digits}`);
}

describe('the tree of a stream', () => {
  for (const name of ['pc', 's390x', 'spike', 'virt-10'] satisfies Capture[]) {
    it(`says of every integer where it lies: the file holds its value there (${name})`, () => {
      const bytes = captured(name);
      const root = streamTree(surveyOf(bytes));
      let count = 0;
      for (const [, { number, extent, type, label }] of nodesOf(root)) {
        if (number === undefined) continue;
        count++;
        const { offset, byteCount } = extent!;
        assert.equal(
          integerAt(bytes, offset, byteCount, type!.startsWith('int')),
          BigInt(number),
          `${label} at ${offset}`,
        );
      }
      assert.ok(count > 500, `${count} integers`);
    });
  }

  it('holds every part within the part that it is of, one behind the other', () => {
    const devices = [...nodesOf(streamTree(surveyOf(captured('pc'))))].filter(([path]) => path.length >= 2);
    const extents = new Map(devices.map(([path, { extent }]) => [path.join('/'), extent]));
    for (const [path, { extent, label }] of devices) {
      const parent = extents.get(path.slice(0, -1).join('/'));
      if (!extent || !parent) continue;
      assert.ok(extent.offset >= parent.offset, label);
      assert.ok(extent.offset + extent.byteCount <= parent.offset + parent.byteCount, label);
      const before = extents.get([...path.slice(0, -1), path.at(-1)! - 1].join('/'));
      if (before) assert.ok(extent.offset >= before.offset + before.byteCount, label);
    }
  });

  it('knows the section of a byte', () => {
    const survey = surveyOf(captured('pc'));
    const root = streamTree(survey);
    for (const { offset, byteCount, name } of survey.sections) {
      for (const at of [offset, offset + byteCount - 1]) {
        assert.ok(nodeAt(root, pathOfByte(root, survey, at)!)!.label.startsWith(name), `${name}, byte ${at}`);
      }
    }
    assert.equal(pathOfByte(root, survey, 0), undefined);
  });

  it('has no node where there is none', () => {
    const root = streamTree(surveyOf(captured('spike')));
    for (const path of [[99], [2, 1000], [0, 0, 0], [1.5], [-1]]) assert.equal(nodeAt(root, path), undefined);
  });
});

describe('a search of the tree', () => {
  const root = streamTree(surveyOf(captured('spike')));
  const labels = (query: string) =>
    [...searchTree(root, query)].flatMap((path) => (path ? [nodeAt(root, path)!.label] : []));

  it('finds fields by their names, in any case', () => {
    assert.deepEqual(labels('ENV.mhartid'), ['env.mhartid', 'env.mhartid']);
  });

  it('finds integers by their value, in either notation, in arrays too', () => {
    const paths = (query: string) => [...searchTree(root, query)].filter((each) => each !== undefined);
    const hexadecimal = paths('0x1000').filter((path) => nodeAt(root, path)!.number !== undefined);
    assert.ok(hexadecimal.length > 0);
    for (const path of hexadecimal) assert.equal(nodeAt(root, path)!.number, 0x1000n);
    assert.deepEqual(
      paths('4096').filter((path) => nodeAt(root, path)!.number !== undefined),
      hexadecimal,
    );
    assert.ok(labels('0').includes('[31]'), 'an element of env.gpr');
  });

  it('finds nothing for nothing', () => {
    assert.deepEqual(labels('  '), []);
    assert.deepEqual(labels('no such field'), []);
  });
});
