import { describe, expect, it } from 'vitest';
import { readXml, type XmlElement } from './xml.ts';
import { XmlError } from './xml-error.ts';

const read = (text: string) => readXml(new TextEncoder().encode(text));
const refusal = (input: string | Uint8Array): string => {
  try {
    readXml(typeof input === 'string' ? new TextEncoder().encode(input) : input);
  } catch (error) {
    expect(error).toBeInstanceOf(XmlError);
    return (error as XmlError).message;
  }
  throw new Error('was read');
};
const bytes = (...parts: (string | number)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)],
    ),
  );
const utf16 = (text: string, little: boolean): Uint8Array => {
  const out = new Uint8Array(text.length * 2);
  const view = new DataView(out.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), little);
  return out;
};
const outline = (element: XmlElement): unknown => [
  element.namespace,
  element.name,
  Object.fromEntries(element.attributes),
  element.text,
  ...element.children.map(outline),
];

describe('a document becomes a tree', () => {
  it('resolves prefixes by scope, also rebound and default ones', () => {
    const { root } = read(
      '<a xmlns="urn:one" xmlns:p="urn:two"><p:b/><b/><c xmlns="" xmlns:p="urn:three"><p:d/><e/></c><p:f/></a>',
    );
    expect(outline(root)).toEqual([
      'urn:one',
      'a',
      {},
      '',
      ['urn:two', 'b', {}, ''],
      ['urn:one', 'b', {}, ''],
      ['', 'c', {}, '', ['urn:three', 'd', {}, ''], ['', 'e', {}, '']],
      ['urn:two', 'f', {}, ''],
    ]);
  });

  it('resolves references, joins text around comments and keeps CDATA as it is', () => {
    const { root } = read(
      '<a b="&lt;&#65;&#x1F600;&#10;x\ty" c=\'"\'>1 &amp; <!-- "no" --><![CDATA[<&amp;>]]><?pi it\'s "> ?> 2</a>',
    );
    expect(root.text).toBe('1 & <&amp;> 2');
    expect(root.attributes.get('b')).toBe('<A😀\nx y');
    expect(root.attributes.get('c')).toBe('"');
  });

  it('keeps names that mean something to JavaScript', () => {
    const { root } = read('<a toString="1" hasOwnProperty="2"><valueOf/></a>');
    expect(root.attributes.get('toString')).toBe('1');
    expect(root.children[0]?.name).toBe('valueOf');
    expect(refusal('<a __proto__="1"/>')).toContain('__proto__');
    expect(refusal('<constructor/>')).toContain('constructor');
  });

  it('knows where each element stands, with any kind of line end', () => {
    for (const newline of ['\n', '\r\n', '\r']) {
      const document = read(
        ['<?xml version="1.0"?>', '<a>', '  <b', '   c="1"/>', '</a>', ''].join(newline),
      );
      const b = document.root.children[0]!;
      expect(document.position(b)).toEqual({ line: 3, column: 3 });
      expect(document.startTagLine(b)).toBe(4);
      expect(document.endLine()).toBe(5);
    }
  });

  it('keeps attributes of other namespaces under their namespace and judges them', () => {
    const { root } = read('<a xmlns:p="urn:p" p:x="1" x="2" xml:lang="en"/>');
    expect(Object.fromEntries(root.attributes)).toEqual({
      x: '2',
      '{urn:p}x': '1',
      '{http://www.w3.org/XML/1998/namespace}lang': 'en',
    });
  });
});

describe('encodings', () => {
  it.each([
    ['UTF-8', bytes('<a b="ä€😀"/>')],
    ['UTF-8 with byte order mark', bytes(0xef, 0xbb, 0xbf, '<a b="ä€😀"/>')],
    [
      'UTF-16 little endian',
      utf16('\ufeff<?xml version="1.0" encoding="UTF-16"?><a b="ä€😀"/>', true),
    ],
    ['UTF-16 big endian', utf16('\ufeff<a b="ä€😀"/>', false)],
  ])('%s is read', (_, input) => {
    expect(readXml(input).root.attributes.get('b')).toBe('ä€😀');
  });

  it('reads ISO-8859-1 when declared', () => {
    const input = bytes('<?xml version="1.0" encoding="ISO-8859-1"?><a b="', 0xe4, '"/>');
    expect(readXml(input).root.attributes.get('b')).toBe('ä');
  });

  it.each([
    [
      'invalid UTF-8',
      bytes('<a>\n <b c="', 0xe4, '"/></a>'),
      'Line=2: Invalid UTF-8 byte sequence at column 8.',
    ],
    ['cut UTF-8', bytes('<a>', 0xe2, 0x82), 'Line=1: Invalid UTF-8 byte sequence'],
    ['odd UTF-16', bytes(0xff, 0xfe, '<', 0, 'a'), 'Invalid UTF-16 byte sequence'],
    ['UTF-16 without mark', utf16('<a/>', true), 'without a byte order mark'],
    ['UTF-32', bytes(0xff, 0xfe, 0, 0, '<', 0, 0, 0), 'UTF-32 is not supported'],
    [
      'unknown encoding',
      bytes('<?xml version="1.0" encoding="EBCDIC"?><a/>'),
      'encoding "EBCDIC" is not supported',
    ],
    [
      'constructor as encoding',
      bytes('<?xml version="1.0" encoding="constructor"?><a/>'),
      'not supported',
    ],
  ])('%s is refused', (_, input, reason) => {
    expect(refusal(input)).toContain(reason);
  });
});

describe('what is not well-formed is refused with line and reason', () => {
  it.each([
    ['', 'Line=1: Premature end of file.'],
    ['\n\n  ', 'Line=3: Premature end of file.'],
    ['\n\nhello', 'Line=3: Content is not allowed in prolog.'],
    ['<a/>x', 'Content is not allowed in trailing section.'],
    [
      '<a/>\n<b/>',
      'Line=2: The markup in the document following the root element must be well-formed.',
    ],
    ['<a/></a>', 'The markup in the document following the root element'],
    ['</a>', 'An end tag without a start tag'],
    ['<a><b></a></b>', 'The element type "b" must be terminated by the matching end-tag "</b>".'],
    ['<ab></a>', 'The element type "ab" must be terminated'],
    ['<a></ab>', 'The element type "a" must be terminated'],
    ['<a></a b>', "must end with a '>' delimiter"],
    ['<a b="1" b="2"/>', 'Attribute "b" was already specified for element "a".'],
    ['<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="1" q:b="2"/>', 'the attribute "{urn:x}b" twice'],
    ['<a b/>', 'Attribute "b" of element "a" needs a value'],
    ['<a b=1/>', 'needs quotes'],
    ['<a b="1"c="2"/>', 'Element type "a" must be followed by either attribute specifications'],
    ['<a b="<"/>', "must not contain the '<' character"],
    ['<a>&foo;</a>', 'The entity "foo" was referenced, but not declared.'],
    ['<a b="&foo;"/>', 'The entity "foo" was referenced, but not declared.'],
    ['<a>a & b</a>', "The entity name must immediately follow the '&'"],
    ['<a>&amp</a>', 'The reference to entity "amp" must end with the \';\' delimiter.'],
    ['<a b="&amp"/>', 'The reference to entity "amp" must end'],
    ['<a>&#1;</a>', 'Character reference "&#1" is an invalid XML character.'],
    ['<a>&#xD800;</a>', 'Character reference "&#xD800" is an invalid'],
    ['<a>&#x110000;</a>', 'is an invalid XML character'],
    [`<a>&#${'9'.repeat(400)};</a>`, 'is an invalid XML character'],
    ['<a>\u0001</a>', 'An invalid XML character (Unicode: 0x1) was found in the element content'],
    [
      '<a b="\u0001"/>',
      'Unicode: 0x1) was found in the value of attribute "b" and element is "a".',
    ],
    ['<a><!-- \u0001 --></a>', 'was found in the comment'],
    ['<a><![CDATA[\u0001]]></a>', 'was found in the CDATA section'],
    ['<a>\uffff</a>', 'Unicode: 0xffff'],
    ['<p:a/>', 'The prefix "p" for element "p:a" is not bound.'],
    [
      '<a p:b="1"/>',
      'The prefix "p" for attribute "p:b" associated with an element type "a" is not bound.',
    ],
    ['<a><b xmlns:p="urn:x"/><p:c/></a>', 'The prefix "p" for element "p:c" is not bound.'],
    ['<a xmlns:p=""/>', 'cannot be bound'],
    ['<a xmlns:xmlns="urn:x"/>', 'cannot be bound'],
    ['<a xmlns:xml="urn:x"/>', 'cannot be bound'],
    ['<a:b:c xmlns:a="urn:x"/>', 'not of the form name or prefix:name'],
    ['<a:/>', 'not of the form name or prefix:name'],
    ['<1/>', 'does not begin a tag'],
    ['<a>1 < 2</a>', 'does not begin a tag'],
    ['<a>]]></a>', 'outside of a CDATA section'],
    ['<![CDATA[x]]><a/>', 'must be inside of the root element'],
    ['<a><!-- a -- b --></a>', '"--" is not permitted within comments'],
    ['<a><!ELEMENT b ANY></a>', 'Unknown markup "<!"'],
    [' <?xml version="1.0"?><a/>', 'XML declaration is allowed at the very start only'],
    ['<a><?xml version="1.0"?></a>', 'XML declaration is allowed at the very start only'],
    ['<?xml version="2.0"?><a/>', 'XML version "2.0" is not supported'],
    ['<?xml?><a/>', 'XML version "" is not supported'],
    ['<a><? x?></a>', 'needs a name'],
    ...[
      '<',
      '<a',
      '<a b',
      '<a b=',
      '<a b="',
      '<a>',
      '<a>x',
      '<a><!-- ',
      '<a><![CDATA[',
      '<a><?x',
      '<a><!',
      '<a><b/>',
    ].map((text) => [text, 'XML document structures must start and end within the same entity.']),
  ])('%s', (text, reason) => {
    expect(refusal(text)).toContain(reason);
  });
});

describe('what costs too much is refused quickly', () => {
  const big = 'lol'.repeat(10);
  it.each([
    [
      'an entity bomb',
      `<!DOCTYPE a [<!ENTITY x "${big}"><!ENTITY y "&x;&x;">]><a>&y;</a>`,
      'DOCTYPE',
    ],
    [
      'an external entity',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
      'DOCTYPE',
    ],
    ['an external DTD', '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', 'DOCTYPE'],
    ['a DOCTYPE inside', '<a><!DOCTYPE a></a>', 'DOCTYPE'],
    ['deep nesting', `${'<a>'.repeat(300_000)}`, 'nested deeper than 500 levels'],
    [
      'many attributes',
      `<a ${Array.from({ length: 200_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`,
      'more than 1000 attributes',
    ],
    ['many elements', `<a>${'<b/>'.repeat(900_000)}</a>`, 'more than 200000 elements'],
    [
      'a long open comment',
      `<a><!-- ${'- '.repeat(1_000_000)}`,
      'must start and end within the same entity',
    ],
    ['many open tags in a text', `<a>${'<'.repeat(1_000_000)}`, 'does not begin a tag'],
    ['many ampersands', `<a>${'&'.repeat(1_000_000)}</a>`, 'entity name must immediately follow'],
    ['a name without end', `<a ${'b'.repeat(3_000_000)}`, 'XML document structures'],
  ])('%s', (_, text, reason) => {
    const begin = performance.now();
    expect(refusal(text)).toContain(reason);
    // Not a measurement: what is quadratic takes minutes here.
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it('takes the deepest document that is allowed', () => {
    expect(read('<a>'.repeat(500) + '</a>'.repeat(500)).root.name).toBe('a');
  });
});
