-- Demo data: every customer is invented (see README.md).

CREATE TABLE customers (
  id TEXT PRIMARY KEY,
  name_en TEXT NOT NULL,
  name_ja TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  tier TEXT NOT NULL CHECK (tier IN ('standard', 'silver', 'gold')),
  balance_yen INTEGER NOT NULL,
  notes TEXT NOT NULL
);

CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  sku TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  total_yen INTEGER NOT NULL,
  ordered_on TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'shipped', 'returned'))
);

INSERT INTO customers VALUES
  ('C-1001', 'Sample Tea House', 'サンプル茶房', 'orders@sample-tea.example.jp', 'gold', 128400, 'Pays late in March, always pays.'),
  ('C-1002', 'Demo Books and Coffee', 'デモ書店喫茶部', 'hello@demo-books.example.com', 'silver', 43200, ''),
  ('C-1003', 'Placeholder Inn', '仮ノ宿', 'desk@placeholder-inn.example.jp', 'gold', 311000, 'Wants a discount of 12 % in writing.'),
  ('C-1004', 'Test Kitchen One', 'テスト食堂一号店', 'one@test-kitchen.example.com', 'standard', 0, ''),
  ('C-1005', 'Test Kitchen Two', 'テスト食堂二号店', 'two@test-kitchen.example.com', 'standard', 5800, 'Asks for one invoice with C-1004.'),
  ('C-1006', 'Fictional Flowers', '架空生花店', 'shop@fictional-flowers.example.jp', 'silver', 19800, ''),
  ('C-1007', 'Mock Bakery', 'モックベーカリー', 'bread@mock-bakery.example.com', 'standard', 7400, '店休日は火曜。'),
  ('C-1008', 'Dummy Hotel North', 'ダミーホテル北館', 'north@dummy-hotel.example.jp', 'gold', 204500, 'Contract ends in September.'),
  ('C-1009', 'Dummy Hotel South', 'ダミーホテル南館', 'south@dummy-hotel.example.jp', 'gold', 187300, ''),
  ('C-1010', 'Example Gallery', '例示画廊', 'office@example-gallery.example.com', 'silver', 66000, '展示替えの週に大口。'),
  ('C-1011', 'Sandbox Nursery', '砂場保育園', 'office@sandbox-nursery.example.jp', 'standard', 3200, 'No caffeine: hojicha only.'),
  ('C-1012', 'Lorem Stationery', 'ローレム文具', 'pens@lorem.example.com', 'standard', 12900, ''),
  ('C-1013', 'Prototype Bicycles', '試作自転車', 'ride@prototype-bicycles.example.jp', 'standard', 0, 'Account frozen after two returns.'),
  ('C-1014', 'Template Dental', 'テンプレート歯科', 'desk@template-dental.example.com', 'silver', 24100, ''),
  ('C-1015', 'Stub Theatre', 'スタブ座', 'box@stub-theatre.example.jp', 'silver', 58700, '幕間用のティーバッグを検討中。'),
  ('C-1016', 'Nowhere Ferries', 'どこにもない汽船', 'deck@nowhere-ferries.example.com', 'gold', 402300, 'Largest customer; the board follows it.'),
  ('C-1017', 'Pretend Bakery', 'つもりパン', 'bread@pretend-bakery.example.jp', 'standard', 8100, ''),
  ('C-1018', 'Sample Tea House, Station Branch', 'サンプル茶房 駅前店', 'station@sample-tea.example.jp', 'silver', 31600, 'Branch of C-1001.'),
  ('C-1019', 'Rehearsal Music School', '下稽古音楽教室', 'office@rehearsal-music.example.com', 'standard', 4500, ''),
  ('C-1020', 'Draft Law Office', '下書き法律事務所', 'mail@draft-law.example.jp', 'silver', 47800, 'Invoices by post only.'),
  ('C-1021', 'Blank Paper Mill', '白紙製紙', 'mill@blank-paper.example.com', 'gold', 156200, ''),
  ('C-1022', 'Trial Gymnasium', 'お試し体育館', 'desk@trial-gym.example.jp', 'standard', 9700, '夏は水出し用を多めに。'),
  ('C-1023', 'Mirage Camping', '蜃気楼キャンプ場', 'camp@mirage.example.com', 'standard', 15400, ''),
  ('C-1024', 'Imaginary Museum', '空想博物館', 'shop@imaginary-museum.example.jp', 'gold', 98600, 'Sells the gift box in its own shop.');

INSERT INTO orders VALUES
  ('O-5001', 'C-1001', 'TEA-001', 40, 43200, '2026-01-08', 'shipped'),
  ('O-5002', 'C-1001', 'TEA-003', 20, 37800, '2026-02-12', 'shipped'),
  ('O-5003', 'C-1001', 'SET-001', 12, 47400, '2026-03-16', 'open'),
  ('O-5004', 'C-1002', 'TEA-002', 40, 43200, '2026-02-20', 'shipped'),
  ('O-5005', 'C-1003', 'CUP-001', 30, 165000, '2026-01-19', 'shipped'),
  ('O-5006', 'C-1003', 'POT-001', 20, 146000, '2026-01-19', 'returned'),
  ('O-5007', 'C-1005', 'TEA-004', 5, 5800, '2026-03-02', 'open'),
  ('O-5008', 'C-1006', 'CAN-001', 11, 19800, '2026-02-03', 'shipped'),
  ('O-5009', 'C-1007', 'TEA-002', 6, 6480, '2026-03-11', 'shipped'),
  ('O-5010', 'C-1008', 'TEA-001', 120, 129600, '2026-01-26', 'shipped'),
  ('O-5011', 'C-1008', 'CAN-001', 40, 72000, '2026-01-26', 'shipped'),
  ('O-5012', 'C-1009', 'TEA-001', 120, 129600, '2026-01-27', 'shipped'),
  ('O-5013', 'C-1010', 'SET-001', 16, 63200, '2026-03-05', 'open'),
  ('O-5014', 'C-1011', 'TEA-002', 3, 3240, '2026-02-16', 'shipped'),
  ('O-5015', 'C-1013', 'POT-001', 2, 14600, '2025-12-09', 'returned'),
  ('O-5016', 'C-1013', 'CUP-001', 1, 5500, '2025-12-22', 'returned'),
  ('O-5017', 'C-1014', 'TEA-004', 20, 23200, '2026-03-13', 'open'),
  ('O-5018', 'C-1015', 'TEA-001', 50, 54000, '2026-02-25', 'shipped'),
  ('O-5019', 'C-1016', 'SET-001', 100, 395000, '2026-03-18', 'open'),
  ('O-5020', 'C-1018', 'TEA-003', 16, 30240, '2026-03-09', 'shipped'),
  ('O-5021', 'C-1020', 'CUP-001', 8, 44000, '2026-01-15', 'shipped'),
  ('O-5022', 'C-1021', 'CAN-001', 80, 144000, '2026-02-09', 'shipped'),
  ('O-5023', 'C-1023', 'TEA-001', 14, 15120, '2026-03-20', 'open'),
  ('O-5024', 'C-1024', 'SET-001', 24, 94800, '2026-03-19', 'open');
